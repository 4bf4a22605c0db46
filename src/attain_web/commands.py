"""The platform's commands, which the command line finds by their entry point."""

from __future__ import annotations

import argparse


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what ``attain`` can do with the platform installed."""
