"""Between Django and the library's tables: querysets become Arrow, rows become querysets. Nothing else knows both."""
