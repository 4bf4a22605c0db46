"""Who works at Halden Instruments: hires, leavers, moves and promotions over two years, each with its date."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from attain.demo.names import FIRST_NAMES, LAST_NAMES, email_address
from attain.demo.season import END

Row = dict[str, Any]

EXECUTIVE, DEVELOPMENT = "Account Executive", "Sales Development Representative"
SUCCESS, CHANNEL = "Customer Success Manager", "Channel Manager"
MANAGER, VICE_PRESIDENT, CHIEF = "Sales Manager", "Regional Vice President", "Chief Revenue Officer"
NOTE = "Halden Instruments is a generated company"

TEAMS: dict[str, tuple[str, tuple[str, ...], int, int]] = {
    "NA 1": ("North America", ("Northeast", "Canada"), 4, 2),
    "NA 2": ("North America", ("Southeast", "Midwest"), 4, 1),
    "NA 3": ("North America", ("West",), 4, 1),
    "EMEA 1": ("EMEA", ("UK and Ireland",), 4, 1),
    "EMEA 2": ("EMEA", ("DACH", "Nordics"), 4, 1),
    "EMEA 3": ("EMEA", ("France and Benelux",), 3, 1),
    "APAC 1": ("Asia-Pacific", ("Japan and Korea",), 3, 1),
    "APAC 2": ("Asia-Pacific", ("Australia and New Zealand", "Southeast Asia and India"), 4, 1),
}
"""Each team: region, territories, and at the start its account executives and sales development representatives."""

REGIONS = tuple(dict.fromkeys(region for region, *_ in TEAMS.values()))


@dataclass(frozen=True)
class Pay:
    """Yearly salary and incentive at target in USD, the part of bookings that pays it, and the year's quota."""

    base_salary: int
    target_incentive: int
    commission_rate: str
    quota: int = 0


PAY: dict[str, tuple[Pay, ...]] = {
    CHIEF: (Pay(310_000, 250_000, "0.007"),),
    VICE_PRESIDENT: (Pay(195_000, 90_000, "0.008"), Pay(205_000, 95_000, "0.0085")),
    MANAGER: (Pay(125_000, 60_000, "0.015"),),
    EXECUTIVE: (
        Pay(72_000, 52_000, "0.065", 800_000),
        Pay(84_000, 64_000, "0.064", 1_000_000),
        Pay(98_000, 79_000, "0.0632", 1_250_000),
    ),
    CHANNEL: (Pay(80_000, 45_000, "0.05", 900_000),),
    SUCCESS: (Pay(70_000, 24_000, "0.04", 600_000),),
    DEVELOPMENT: (Pay(50_000, 16_000, "0.01"),),
}


@dataclass(frozen=True)
class Seller:
    """Someone who sells from `first` up to `stop` (exclusive); skill 1 meets an ordinary quota."""

    key: str
    title: str
    team: str
    region: str
    skill: float
    quota: int
    first: date
    stop: date = END

    def sells_on(self, day: date) -> bool:
        """Whether the day falls into the seller's time."""
        return self.first <= day < self.stop


@dataclass(frozen=True)
class Staff:
    """The people tables as rows in the order in which things happened, and the sellers by key."""

    random: Random
    participants: list[Row] = field(default_factory=list)
    reporting_lines: list[Row] = field(default_factory=list)
    coverage: list[Row] = field(default_factory=list)
    sellers: dict[str, Seller] = field(default_factory=dict)

    def territory(self, key: str, day: date) -> str:
        """The territory a seller covers on a day; before the first row, that of the first row."""
        rows = [row for row in self.coverage if row["participant"] == key]
        began = [row for row in rows if row["start"] <= day]
        return str((began or rows[:1])[-1]["territory"])

    def in_seat(self, team: str, title: str, number: int) -> str:
        """Key of the team's seller with that title and number, in the order of hiring, from 0."""
        return [s.key for s in self.sellers.values() if (s.team, s.title) == (team, title)][number]


def build_staff(random: Random) -> Staff:
    """Hire the company as it stood before the two years, then let the two years happen."""
    staff = Staff(random)
    chief = _hire(staff, CHIEF, date(2015, 3, 2), region=REGIONS[0], manager=None)
    heads = {region: _hire(staff, VICE_PRESIDENT, date(2016, 4, 4), region=region, manager=chief) for region in REGIONS}
    for team, (region, territories, executives, developers) in TEAMS.items():
        manager = _hire(staff, MANAGER, date(2017, 1, 9), region=region, manager=heads[region], team=team)
        for number in range(executives + developers):
            title = EXECUTIVE if number < executives else DEVELOPMENT
            day = date(2019, 1, 7) + timedelta(7 * staff.random.randrange(260))
            where = territories[number % len(territories)]
            _hire(staff, title, day, region=region, manager=manager, team=team, territory=where)
        if title := {"1": SUCCESS, "2": CHANNEL}.get(team[-1], ""):
            day, where = date(2020, 6, 1), territories[0]
            _hire(staff, title, day, region=region, manager=manager, team=team, territory=where)
    _let_2025_happen(staff, heads)
    _review_pay(staff, date(2026, 1, 1))
    _let_2026_happen(staff)
    return staff


def _let_2025_happen(staff: Staff, heads: dict[str, str]) -> None:
    for team, number, skill in (("NA 1", 1, 1.5), ("EMEA 2", 2, 1.45)):  # two stars
        star = staff.in_seat(team, EXECUTIVE, number)
        staff.sellers[star] = replace(staff.sellers[star], skill=skill)
    _hire_into(staff, "APAC 1", EXECUTIVE, date(2025, 3, 3))
    _leave(staff, staff.in_seat("NA 2", EXECUTIVE, 1), date(2025, 5, 17))
    _hire_into(staff, "NA 2", EXECUTIVE, date(2025, 7, 1), territory="Midwest")
    _move(staff, staff.in_seat("NA 1", EXECUTIVE, 2), date(2025, 8, 1), "Canada")
    # The manager of NA 3 leaves; the team reports to the vice president until one of its own is promoted.
    old, new, head = _manager_of(staff, "NA 3"), staff.in_seat("NA 3", EXECUTIVE, 0), heads["North America"]
    members = [row["participant"] for row in staff.reporting_lines if row["manager"] == old]
    _leave(staff, old, date(2025, 9, 1))
    for member in members:
        _amend(staff.reporting_lines, member, date(2025, 9, 1), manager=head)
    _promote(staff, new, date(2025, 10, 1))
    for member in (member for member in members if member != new):
        _amend(staff.reporting_lines, member, date(2025, 10, 1), manager=new)
    _leave(staff, staff.in_seat("EMEA 1", DEVELOPMENT, 0), date(2025, 11, 1))
    _hire_into(staff, "NA 3", EXECUTIVE, date(2025, 11, 17), territory="West")
    _hire_into(staff, "EMEA 1", DEVELOPMENT, date(2025, 12, 1))


def _let_2026_happen(staff: Staff) -> None:
    _hire_into(staff, "EMEA 3", EXECUTIVE, date(2026, 1, 12))
    _move(staff, staff.in_seat("EMEA 2", EXECUTIVE, 0), date(2026, 2, 16), "Nordics")
    _leave(staff, staff.in_seat("EMEA 2", EXECUTIVE, 3), date(2026, 3, 1))
    _hire_into(staff, "EMEA 2", EXECUTIVE, date(2026, 4, 13), territory="DACH")
    mover, day = staff.in_seat("EMEA 1", EXECUTIVE, 3), date(2026, 5, 11)  # another manager in the middle of a quarter
    _amend(staff.reporting_lines, mover, day, manager=_manager_of(staff, "EMEA 3"))
    _amend(staff.participants, mover, day, team="EMEA 3")
    _leave(staff, staff.in_seat("APAC 2", EXECUTIVE, 2), date(2026, 10, 1))


def _hire_into(staff: Staff, team: str, title: str, day: date, *, territory: str | None = None) -> None:
    region, territories, *_ = TEAMS[team]
    manager, where = _manager_of(staff, team), territory or territories[0]
    _hire(staff, title, day, region=region, manager=manager, team=team, territory=where)


def _hire(
    staff: Staff,
    title: str,
    day: date,
    *,
    region: str,
    manager: str | None,
    team: str = "",
    territory: str | None = None,
) -> str:
    key = f"P-{len({row['participant'] for row in staff.participants}) + 1:03d}"
    pay, name = staff.random.choice(PAY[title]), _new_name(staff, region)
    dates: Row = {"participant": key, "start": day, "end": None}
    job = {"name": name, "title": title, "region": region, "team": team or None, "territory": territory}
    staff.participants.append({**dates, **job, **_pay_columns(pay), "email": email_address(name), "generated": NOTE})
    staff.reporting_lines.append({**dates, "manager": manager})
    if territory:
        staff.coverage.append({**dates, "territory": territory})
        skill = min(1.3, max(0.6, staff.random.lognormvariate(-0.02, 0.2)))
        staff.sellers[key] = Seller(key, title, team, region, skill, pay.quota, day)
    return key


def _new_name(staff: Staff, region: str) -> str:
    taken = {word for row in staff.participants for word in row["name"].split(" ", 1)}
    first = [name for name in FIRST_NAMES[region] if name not in taken]
    last = [name for name in LAST_NAMES[region] if name not in taken]
    return f"{staff.random.choice(first)} {staff.random.choice(last)}"


def _pay_columns(pay: Pay) -> Row:
    return {column: Decimal(value) for column, value in vars(pay).items() if column != "quota"}


def _manager_of(staff: Staff, team: str) -> str:
    rows = [r for r in staff.participants if r["title"] == MANAGER and r["team"] == team and r["end"] is None]
    return str(rows[-1]["participant"])


def _amend(rows: list[Row], key: str, day: date, **changes: object) -> None:
    """End the last version of a participant on the day and begin one with the changes."""
    last = next(row for row in reversed(rows) if row["participant"] == key)
    last["end"] = day
    rows.append({**last, **changes, "start": day, "end": None})


def _move(staff: Staff, key: str, day: date, territory: str) -> None:
    _amend(staff.coverage, key, day, territory=territory)
    _amend(staff.participants, key, day, territory=territory)


def _promote(staff: Staff, key: str, day: date) -> None:
    """A seller becomes the manager of the team: its open deals and territory are left to colleagues."""
    pay = _pay_columns(PAY[MANAGER][0])
    _amend(staff.participants, key, day, title=MANAGER, territory=None, **pay)
    _end(staff.coverage, key, day)
    staff.sellers[key] = replace(staff.sellers[key], stop=day)


def _leave(staff: Staff, key: str, day: date) -> None:
    for rows in (staff.participants, staff.reporting_lines, staff.coverage):
        _end(rows, key, day)
    if key in staff.sellers:
        staff.sellers[key] = replace(staff.sellers[key], stop=day)


def _end(rows: list[Row], key: str, day: date) -> None:
    for row in rows:
        if row["participant"] == key and row["end"] is None:
            row["end"] = day


def _review_pay(staff: Staff, day: date) -> None:
    """Raise salaries by 3 % for all who have been in their job for half a year."""
    since = date(day.year - 1, 7, 1)
    for row in [r for r in staff.participants if r["end"] is None and r["start"] < since]:
        raised = (row["base_salary"] * Decimal("1.03")).quantize(Decimal("1E2"))
        _amend(staff.participants, row["participant"], day, base_salary=raised)
