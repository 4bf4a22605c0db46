"""Rollup credit: everyone above a participant is credited once, by the reporting lines as they stood on the day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import pyarrow as pa

from attain.errors import Fault
from attain.tables import EVER, NEVER

CHAIN_SCHEMA = pa.schema(
    [
        ("participant", pa.string()),
        ("above", pa.string()),
        ("start", pa.date32()),
        ("end", pa.date32()),
        ("path", pa.string()),
    ]
)


class Line(NamedTuple):
    """A participant reports to a manager in ``[start, end)``."""

    participant: str
    manager: str
    start: date
    end: date


class Link(NamedTuple):
    """Somebody is above a participant in ``[start, end)``, by a path of names from below to above."""

    participant: str
    above: str
    start: date
    end: date
    path: str


def reporting_lines(table: pa.Table) -> list[Line]:
    """The reporting lines of a table, without those that name nobody."""
    columns = (table[name].to_pylist() for name in ("participant", "manager", "start", "end"))
    return [
        Line(participant, manager, start or EVER, end or NEVER)
        for participant, manager, start, end in zip(*columns, strict=True)
        if manager is not None
    ]


def everyone_below(lines: Iterable[Line], managers: Collection[str]) -> set[str]:
    """These managers and everybody who was below one of them at any time."""
    downwards: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        downwards[line.manager].add(line.participant)
    found, waiting = set(managers), list(managers)
    while waiting:
        reports = downwards[waiting.pop()] - found
        found |= reports
        waiting += reports
    return found


def manager_chains(lines: Iterable[Line]) -> tuple[list[Link], list[Fault]]:
    """Everybody above everybody with the dates, one link per participant, person above and stretch of time.

    Stretches of the same pair never overlap, so that whoever is above by two ways is credited once. A ring (somebody
    above themselves) is a fault and its links stop there.
    """
    upwards: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        upwards[line.participant].append(line)
    climber = _Climber(upwards)
    found: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for participant in sorted(upwards):
        for link in climber.climb(participant):
            found[participant, link.above].append(link)
    links = [link for pair in found.values() for link in (_without_overlap(pair) if len(pair) > 1 else pair)]
    return links, list(climber.rings.values())


@dataclass
class _Climber:
    """Climbs the reporting lines from one participant upwards, and keeps the rings that it meets."""

    upwards: dict[str, list[Line]]
    rings: dict[frozenset[str], Fault] = field(default_factory=dict)

    def climb(self, participant: str) -> Iterator[Link]:
        """Links to everybody above a participant."""
        waiting: list[tuple[tuple[str, ...], date, date]] = [((participant,), EVER, NEVER)]
        while waiting:
            path, start, end = waiting.pop()
            for line in self.upwards.get(path[-1], ()):
                since, until = max(start, line.start), min(end, line.end)
                if since >= until:
                    continue
                if line.manager in path:
                    ring = path[path.index(line.manager) :]
                    self.rings.setdefault(frozenset(ring), _ring_fault(ring, since))
                    continue
                above = (*path, line.manager)
                yield Link(participant, line.manager, since, until, " → ".join(above))
                waiting.append((above, since, until))


def _ring_fault(ring: tuple[str, ...], since: date) -> Fault:
    return Fault(
        check="reporting-ring",
        table="reporting_lines",
        column="manager",
        value=ring[-1],
        message=f"{' → '.join((*ring, ring[0]))} report to one another from {max(since, date(1900, 1, 1))}",
        advice="End one of these lines, so that somebody stands at the top.",
    )


def _without_overlap(links: list[Link]) -> Iterator[Link]:
    """The same stretches of one pair, cut so that no day is in two of them."""
    covered = EVER
    for link in sorted(links, key=lambda one: (one.start, one.end)):
        if link.end > covered:
            yield link if link.start >= covered else link._replace(start=covered)
            covered = link.end


def chain_table(links: Iterable[Link]) -> pa.Table:
    """The links as the table ``chain``: one row per participant, person above and stretch of time."""
    held = list(links)
    columns = zip(*held, strict=True) if held else ([] for _ in CHAIN_SCHEMA)
    return pa.table(
        [pa.array(values, one.type) for values, one in zip(columns, CHAIN_SCHEMA, strict=True)], schema=CHAIN_SCHEMA
    )
