"""Plans: versioned texts, and who is on them."""
