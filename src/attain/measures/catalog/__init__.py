"""The catalogue: measures that every company has, one file each. A plan may define more of its own."""
