"""Accounts, opportunities, orders and activities."""
