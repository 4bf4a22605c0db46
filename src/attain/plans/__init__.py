"""Plans: the document people sign, compiled to SQL, explained, and checked."""
