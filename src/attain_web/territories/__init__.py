"""Territories and who covers them."""
