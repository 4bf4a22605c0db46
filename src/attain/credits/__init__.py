"""Credits: who gets how much of which fact, on which date, and why."""
