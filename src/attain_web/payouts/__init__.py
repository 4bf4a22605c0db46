"""Runs of plans, what they found, and their approval."""
