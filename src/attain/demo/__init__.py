"""The demo company Halden Instruments: generated tables to try Attain with, and the plans its people signed."""

from __future__ import annotations

from pathlib import Path

from attain.demo.company import generate, write

PLANS = Path(__file__).parent / "plans"
"""Folder of the demo company's plan documents."""

__all__ = ["PLANS", "generate", "write"]
