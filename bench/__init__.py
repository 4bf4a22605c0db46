"""How fast Attain is: beside the best hand-written DuckDB script, and beside plain Python."""
