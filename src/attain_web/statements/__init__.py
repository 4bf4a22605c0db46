"""Statements: why somebody is paid what they are paid, down to the orders."""
