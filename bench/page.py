"""The page of benchmarks: what was measured, on which machine, and whether each bar is met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from bench.measure import Ratio, Times, ratio_of

BAR = 1.3
BAR_FROM = 10
"""Millions of orders from which the bar counts; fewer show how time grows, and there the start weighs most."""
EXPLAIN_BAR = 0.5
MEMORY_BAR = 4096
GROWTH_BAR = 1.1
"""A tenth for noise above what linear growth would take."""


_INTRODUCTION = """\
Attain beside the best DuckDB script that we could write by hand for the same plan (`bench/by_hand.py`): a graduated
plan with rollup for 2,000 participants in five levels, eight quarters, orders in Parquet. Both make the same checks,
fingerprints and files. Each measurement is a fresh process, timed in process after imports; the two take turns. Ratios
are of medians, with the least and most of the turns behind; cpu is the ratio of user and system time."""


@dataclass
class Size:
    """Both sides over so many million orders; ``faults`` tells what was not equal or not exact."""

    millions: float
    sums: dict[str, Times]
    lines: dict[str, Times] = field(default_factory=dict)
    total: Decimal = Decimal(0)
    exact: Decimal = Decimal(0)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Explained:
    """The explanation of one participant in one quarter."""

    what: str
    millions: float
    times: Times


@dataclass
class Results:
    """Everything that a bench measured."""

    machine: dict[str, str]
    repeat: int
    memory: str
    command: str
    sizes: list[Size] = field(default_factory=list)
    explained: list[Explained] = field(default_factory=list)
    in_python: Size | None = None
    commands: dict[str, float] = field(default_factory=dict)


def page(results: Results) -> str:
    """The page as Markdown."""
    return (
        "\n".join(
            [
                *_head(results),
                *_ratios(results),
                *_growth(results),
                *_explanations(results),
                *_plain_python(results),
                *_exactness(results),
                *_commands(results),
            ]
        )
        + "\n"
    )


def _head(results: Results) -> Iterator[str]:
    yield "<!-- Made by `make bench`. -->"
    yield ""
    yield "# Benchmarks"
    yield ""
    yield _INTRODUCTION
    yield ""
    yield from _table(
        ("", ""),
        [
            *results.machine.items(),
            ("DuckDB's memory limit, both sides", results.memory),
            ("turns", str(results.repeat)),
            ("again", f"`{results.command}`"),
        ],
    )


def _ratios(results: Results) -> Iterator[str]:
    yield from ("", "## Pay from sums, and with `--lines`", "")
    rows = []
    for size in results.sizes:
        for what, times in (("sums", size.sums), ("`--lines`", size.lines)):
            if times:
                rows.append(_row(size.millions, what, times["attain"], times["by_hand"]))
    yield from _table(
        (
            "million orders",
            "",
            "Attain",
            "by hand",
            "ratio",
            "cpu",
            "bar",
            "peak memory",
            "bar",
            "whole process, by hand",
        ),
        rows,
    )


def _row(millions: float, what: str, attain: Times, by_hand: Times) -> tuple[str, ...]:
    ratio, peak = ratio_of(attain, by_hand), max(attain.rss_mib)
    return (
        f"{millions:g}",
        what,
        _seconds(attain.second),
        _seconds(by_hand.second),
        _ratio(ratio),
        f"{ratio.cpu:.2f}",
        f"≤ {BAR}: {_met(ratio.value <= BAR)}" if millions >= BAR_FROM else f"from {BAR_FROM} million",
        f"{peak:,.0f} MiB",
        f"< {MEMORY_BAR:,}: {_met(peak < MEMORY_BAR)}",
        f"{_seconds(min(attain.whole))}, {_seconds(min(by_hand.whole))}",
    )


def _growth(results: Results) -> Iterator[str]:
    """Each size beside the smallest: time may grow no faster than orders do."""
    if len(results.sizes) < 2:
        return
    first, *others = results.sizes
    yield from ("", "## Growth", "", f"No worse than linear, beside {first.millions:g} million.", "")
    rows = []
    for size in others:
        orders = size.millions / first.millions
        for what, own, base in (("sums", size.sums, first.sums), ("`--lines`", size.lines, first.lines)):
            if own and base:
                grown = own["attain"].second / base["attain"].second
                rows.append(
                    (
                        f"{size.millions:g}",
                        what,
                        f"× {orders:.1f}",
                        f"× {grown:.1f}",
                        _met(grown <= orders * GROWTH_BAR),
                    )
                )
    yield from _table(("million orders", "", "orders", "time", "linear or better"), rows)


def _explanations(results: Results) -> Iterator[str]:
    if not results.explained:
        return
    yield from ("", "## One participant's explanation of a quarter", "")
    yield from _table(
        ("of", "million orders", "in process", "bar", "whole process"),
        [
            (
                one.what,
                f"{one.millions:g}",
                _seconds(one.times.second),
                f"< {EXPLAIN_BAR} s: {_met(one.times.second < EXPLAIN_BAR)}",
                _seconds(min(one.times.whole)),
            )
            for one in results.explained
        ],
    )


def _plain_python(results: Results) -> Iterator[str]:
    if results.in_python is None:
        return
    attain, python = results.in_python.sums["attain"], results.in_python.sums["in_python"]
    yield from (
        "",
        "## Plain Python decimals",
        "",
        "The same plan row by row, as people write it by hand (`bench/in_python.py`).",
        "",
    )
    yield from _table(
        ("million orders", "Attain", "plain Python", "ratio"),
        [
            (
                f"{results.in_python.millions:g}",
                _seconds(attain.second),
                _seconds(python.second),
                _ratio(ratio_of(python, attain)),
            )
        ],
    )
    yield from ("", results.in_python.faults[0] if results.in_python.faults else "Both earn the same, line by line.")


def _exactness(results: Results) -> Iterator[str]:
    yield from (
        "",
        "## Exactness",
        "",
        "The total of all earnings beside that of Python's integers, and both sides' files.",
        "",
    )
    yield from _table(
        ("million orders", "total", "in integers", "files of both sides"),
        [
            (f"{size.millions:g}", f"{size.total:,}", f"{size.exact:,}", "; ".join(size.faults) or "equal")
            for size in results.sizes
        ],
    )


def _commands(results: Results) -> Iterator[str]:
    if results.commands:
        yield from ("", "## Start", "")
        yield from _table(
            ("command", "whole process"), [(f"`{name}`", _seconds(time)) for name, time in results.commands.items()]
        )


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _met(met: bool) -> str:  # noqa: FBT001  # a private word of this module
    return "met" if met else "**missed**"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s"


def _ratio(ratio: Ratio) -> str:
    return f"{ratio.value:.2f} ({ratio.least:.2f} to {ratio.most:.2f})"
