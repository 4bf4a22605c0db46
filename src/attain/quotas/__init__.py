"""Quotas: what a participant or team is asked to reach, by measure and period."""
