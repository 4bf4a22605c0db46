"""Plan components, one file each: how a measure becomes pay."""
