"""Payouts: what is paid of what was earned, and what is owed between the two from period to period."""
