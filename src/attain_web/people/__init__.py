"""Participants, reporting lines and teams."""
