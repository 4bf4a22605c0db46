"""What a person reads in the terminal: tables, trees of explanations, warnings, a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attain.errors import Fault
from attain.plans.nodes import for_reading

if TYPE_CHECKING:
    from attain.plans.nodes import Node
    from attain.run import Progress


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar on standard error; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _what, _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<28}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=100)
        yield lambda what, done: bar.update(task, description=what, completed=done)


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as text columns: numbers to the right, everything else to the left."""
    digits = [_digits([row[n] for row in rows]) for n in range(len(header))]
    texts = [[cell(value, digits=wanted) for value, wanted in zip(row, digits, strict=True)] for row in rows]
    widths = [max(len(line[n]) for line in [list(header), *texts]) for n in range(len(header))]
    right = [all(isinstance(row[n], (int, Decimal)) or row[n] is None for row in rows) for n in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        aligned = [
            one.rjust(width) if to_right else one.ljust(width)
            for one, width, to_right in zip(cells, widths, right, strict=True)
        ]
        return "  ".join(aligned).rstrip()

    return "\n".join([line(header), line(["─" * width for width in widths]), *(line(row) for row in texts)])


def cell(value: Any, *, digits: int = 0) -> str:
    """A value as people read it: numbers with marks between thousands, nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, Decimal):
        return f"{value:,.{digits}f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _digits(values: Sequence[Any]) -> int:
    """Digits after the point that a column of numbers needs: none, or at least the cents."""
    exponents = [value.normalize().as_tuple().exponent for value in values if isinstance(value, Decimal)]
    most = max((-one for one in exponents if isinstance(one, int)), default=0)
    return max(2, most) if most > 0 else 0


def percent(value: Decimal | None) -> str:
    """A part as per cent with one digit after the point."""
    return "–" if value is None else f"{value * 100:.1f} %"


def warnings(faults: Sequence[Fault], *, shown: int = 12) -> str:
    """Warnings, one line each; the rest is counted."""
    lines = [str(fault) for fault in faults[:shown]]
    if len(faults) > shown:
        lines.append(f"… and {len(faults) - shown} more warnings, in run.json")
    return "\n".join(lines)


def tree(node: Node, *, facts: int = 10) -> str:
    """An explanation as an indented tree; of more than ``facts`` facts below a number only the first (0: all)."""
    lines: list[tuple[str, str, str]] = []
    _branch(node, "", "", facts, lines)
    wide = max(len(label) for label, _, _ in lines)
    far = max(len(amount) for _, amount, _ in lines)
    return "\n".join(
        f"{label.ljust(wide)}  {amount.rjust(far)}   {formula}".rstrip() for label, amount, formula in lines
    )


def _branch(node: Node, first: str, rest: str, facts: int, lines: list[tuple[str, str, str]]) -> None:
    amount = "–" if node.amount is None else f"{_amount(Decimal(node.amount), node)} {node.unit}"
    lines.append((first + node.label, amount, node.formula))
    children = list(node.children)
    leaves = [child for child in children if "fact" in child.source]
    hidden = len(leaves) - facts if facts and len(leaves) > facts else 0
    if hidden:
        children = [child for child in children if "fact" not in child.source] + leaves[:facts]
    for number, child in enumerate(children):
        last = number == len(children) - 1 and not hidden
        _branch(child, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  "), facts, lines)
    if hidden:
        left = sum((Decimal(leaf.amount or 0) for leaf in leaves[facts:]), Decimal(0))
        lines.append((rest + f"└─ … {hidden} more", f"{_amount(left, node)} {node.unit}", "--facts 0 shows all"))


def _amount(amount: Decimal, node: Node) -> str:
    return f"{amount:,f}" if node.kind == "money" else for_reading(amount)
