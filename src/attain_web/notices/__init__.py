"""Notices: what waits for somebody, in the app and by mail."""
