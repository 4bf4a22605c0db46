"""Engines run named SQL steps where the facts are, and hand results back as Arrow."""
