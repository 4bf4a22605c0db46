"""Measures: the catalogue, and those that the company defines."""
