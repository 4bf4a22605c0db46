"""What one measurement is asked to do, as the parent tells its child."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """What to measure: ``variant`` is a name of ``bench.child.VARIANTS``, ``memory`` DuckDB's limit."""

    variant: str
    data: str
    out: str
    plan: str
    lines: bool = False
    memory: str = ""
    participant: str = ""
    period: str = "all"
