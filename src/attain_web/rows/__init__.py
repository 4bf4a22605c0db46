"""Tables of rows: lists, pages, history, export."""
