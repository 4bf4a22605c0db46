"""How long the platform's pages take in the server, beside the SQL that one would write by hand for each."""
