"""Tags of the first page."""
