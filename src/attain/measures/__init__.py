"""Measures: one named number per person, team, territory and period, defined once and read by everything else."""
