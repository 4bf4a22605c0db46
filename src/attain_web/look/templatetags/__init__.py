"""Tags that draw components."""
