"""Attain turns deals and orders into credits, attainment and pay, to the cent, with every number explained."""

__version__ = "0.1.0"
