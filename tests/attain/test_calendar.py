"""A fiscal calendar puts every day in the month, quarter and year that the people who use it expect."""

from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from attain.calendar import (
    KINDS,
    CalendarSpec,
    MonthCalendar,
    OwnCalendar,
    Period,
    PeriodKind,
    WeekCalendar,
    YearEnd,
    kinds,
    parse_span,
    period_at,
    periods,
)

CALENDARS: TypeAdapter[CalendarSpec] = TypeAdapter(CalendarSpec)
ADVENTURE_QUARTERS = (
    "2022-05-30 2022-08-30 2022-11-30 2023-02-28 2023-05-30 2023-08-30 2023-11-30 2024-02-28 2024-05-29 2024-08-29 "
    "2024-11-29 2025-02-28"
)
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)  # of what every rule knows


def calendar(**written: object) -> CalendarSpec:
    """Return the calendar as a plan document writes it."""
    return CALENDARS.validate_python(written)


JANUARY = calendar(starts="January")
JULY = calendar(starts="July")
NRF = calendar(
    weeks="4-5-4", year_ends={"weekday": "Saturday", "month": "January", "rule": "nearest"}, named_by="start"
)
APPLE_LIKE = calendar(weeks="5-4-4", year_ends={"weekday": "Saturday", "month": "September", "rule": "last"})
ADVENTURE_WORKS = calendar(
    quarters=ADVENTURE_QUARTERS.split(), years=["2022-05-30", "2023-05-30", "2024-05-29"], ends=date(2025, 5, 30)
)
QUARTERS_ONLY = calendar(quarters=ADVENTURE_QUARTERS.split(), ends="2025-05-30")
MONTHS_AND_QUARTERS = calendar(
    months=["2026-01-01", "2026-02-01", "2026-03-01"], quarters=["2026-01-01", "2026-03-01"], ends="2026-04-01"
)


def span(known: CalendarSpec, name: str) -> tuple[str, str]:
    """Return the named period's start and end as text."""
    start, end = parse_span(known, text=name)
    return start.isoformat(), end.isoformat()


def name_at(known: CalendarSpec, kind: PeriodKind, day: str) -> str | None:
    """Return the name of the period a day falls in."""
    found = period_at(known, kind=kind, day=date.fromisoformat(day))
    return found.name if found else None


# Worked examples


@pytest.mark.parametrize(
    ("known", "name", "start", "end"),
    [
        (JANUARY, "2026", "2026-01-01", "2027-01-01"),
        (JANUARY, "2026-Q1", "2026-01-01", "2026-04-01"),
        (JANUARY, "2026-q4", "2026-10-01", "2027-01-01"),
        (JANUARY, "2024-02", "2024-02-01", "2024-03-01"),
        (calendar(starts="january", named_by="start"), "2026-03", "2026-03-01", "2026-04-01"),
        (JULY, "2026", "2025-07-01", "2026-07-01"),
        (JULY, "2026-Q3", "2026-01-01", "2026-04-01"),
        (JULY, "2026-01", "2025-07-01", "2025-08-01"),
        (JULY, "2026-12", "2026-06-01", "2026-07-01"),
        (calendar(starts="JULY", named_by="start"), "2026", "2026-07-01", "2027-07-01"),
        (calendar(starts="March"), "2024-12", "2024-02-01", "2024-03-01"),
        # The 4-5-4 calendar that the National Retail Federation publishes; 2012, 2017 and 2023 have 53 weeks.
        (NRF, "2012", "2012-01-29", "2013-02-03"),
        (NRF, "2017", "2017-01-29", "2018-02-04"),
        (NRF, "2023", "2023-01-29", "2024-02-04"),
        (NRF, "2023-12", "2023-12-31", "2024-02-04"),
        (NRF, "2024", "2024-02-04", "2025-02-02"),
        (NRF, "2024-01", "2024-02-04", "2024-03-03"),
        (NRF, "2024-02", "2024-03-03", "2024-04-07"),
        (NRF, "2024-03", "2024-04-07", "2024-05-05"),
        (NRF, "2025", "2025-02-02", "2026-02-01"),
        # Years as in Apple's annual reports.
        (APPLE_LIKE, "2022", "2021-09-26", "2022-09-25"),
        (APPLE_LIKE, "2023", "2022-09-25", "2023-10-01"),
        (APPLE_LIKE, "2024", "2023-10-01", "2024-09-29"),
        (APPLE_LIKE, "2024-01", "2023-10-01", "2023-11-05"),
        (ADVENTURE_WORKS, "2025", "2024-05-29", "2025-05-30"),
        (ADVENTURE_WORKS, "2023-Q1", "2022-05-30", "2022-08-30"),
        (ADVENTURE_WORKS, "2024-Q4", "2024-02-28", "2024-05-29"),
        (QUARTERS_ONLY, "2022-05-30", "2022-05-30", "2022-08-30"),
        (MONTHS_AND_QUARTERS, "2026-01-01-M", "2026-01-01", "2026-02-01"),
        (MONTHS_AND_QUARTERS, "2026-01-01-q", "2026-01-01", "2026-03-01"),
        (JANUARY, "2026-01-01..2026-04-01", "2026-01-01", "2026-04-01"),
        (QUARTERS_ONLY, " 2026-01-01 .. 2026-04-01 ", "2026-01-01", "2026-04-01"),
    ],
)
def test_a_name_says_its_days(known: CalendarSpec, name: str, start: str, end: str) -> None:
    assert span(known, name) == (start, end)


@pytest.mark.parametrize(
    ("month", "year_ends_on", "by_end", "by_start"),
    [
        # A December year bears one name both ways, also when its days spill over; every other one has two.
        ("December", "2026-01-03", "2025", "2025"),
        ("January", "2024-02-03", "2024", "2023"),
        ("February", "2024-03-02", "2024", "2023"),
        ("November", "2025-11-29", "2025", "2024"),
    ],
)
def test_a_year_of_weeks_is_named_by_the_month_it_is_meant_to_end_with(
    month: str, year_ends_on: str, by_end: str, by_start: str
) -> None:
    year_ends = {"weekday": "Saturday", "month": month, "rule": "nearest"}
    for named_by, name in (("end", by_end), ("start", by_start)):
        known = calendar(weeks="4-4-5", year_ends=year_ends, named_by=named_by)
        last_day = date.fromisoformat(year_ends_on)
        assert parse_span(known, text=name)[1] == last_day + timedelta(days=1)
        assert name_at(known, "year", year_ends_on) == name


def test_the_end_of_a_period_belongs_to_the_next_one() -> None:
    assert name_at(NRF, "year", "2024-02-03") == "2023"
    assert name_at(NRF, "year", "2024-02-04") == "2024"
    assert name_at(ADVENTURE_WORKS, "quarter", "2022-08-29") == "2023-Q1"
    assert name_at(ADVENTURE_WORKS, "quarter", "2022-08-30") == "2023-Q2"


def test_periods_are_those_that_overlap() -> None:
    def names(start: str, end: str) -> list[str]:
        found = periods(JANUARY, kind="month", start=date.fromisoformat(start), end=date.fromisoformat(end))
        return [period.name for period in found]

    assert names("2026-01-31", "2026-03-01") == ["2026-01", "2026-02"]
    assert names("2026-01-31", "2026-03-02") == ["2026-01", "2026-02", "2026-03"]
    assert names("2026-01-15", "2026-01-15") == []


def test_a_list_knows_only_its_own_days() -> None:
    found = periods(ADVENTURE_WORKS, kind="year", start=date.min, end=date.max)
    assert [period.name for period in found] == ["2023", "2024", "2025"]
    assert name_at(ADVENTURE_WORKS, "year", "2022-05-29") is None
    assert name_at(ADVENTURE_WORKS, "year", "2025-05-29") == "2025"
    assert name_at(ADVENTURE_WORKS, "year", "2025-05-30") is None


def test_a_list_of_calendar_years_is_named_like_calendar_years() -> None:
    listed = calendar(years=["2023-01-01", "2024-01-01"], ends="2025-01-01")
    assert span(listed, "2024") == span(JANUARY, "2024")


def test_a_list_may_number_more_than_twelve_months() -> None:
    thirteen = [date(2025, 12, 29) + timedelta(weeks=4 * count) for count in range(13)]
    known = calendar(months=thirteen, years=thirteen[:1], ends=thirteen[-1] + timedelta(weeks=4))
    assert span(known, "2026-13") == ("2026-11-30", "2026-12-28")


@pytest.mark.parametrize("known", [JANUARY, JULY, NRF, APPLE_LIKE])
@pytest.mark.parametrize("kind", KINDS)
def test_rules_reach_at_least_from_1900_to_2200(known: CalendarSpec, kind: PeriodKind) -> None:
    everything = periods(known, kind=kind, start=date.min, end=date.max)
    assert everything[0].start <= FIRST_DAY < LAST_DAY < everything[-1].end
    assert all(before.end == after.start for before, after in pairwise(everything))
    assert all(parse_span(known, text=period.name) == (period.start, period.end) for period in everything)
    years = periods(known, kind="year", start=date.min, end=date.max)
    assert (everything[0].start, everything[-1].end) == (years[0].start, years[-1].end)
    assert period_at(known, kind=kind, day=date.max) is None
    assert periods(known, kind=kind, start=date(1800, 1, 1), end=date(1850, 1, 1)) == ()
    assert periods(known, kind=kind, start=date(2300, 1, 1), end=date.max) == ()


def test_kinds_are_told_shortest_first() -> None:
    assert kinds(JULY) == kinds(NRF) == ("month", "quarter", "year")
    assert kinds(ADVENTURE_WORKS) == ("quarter", "year")
    assert kinds(QUARTERS_ONLY) == ("quarter",)


def test_fifty_years_have_six_hundred_months() -> None:
    found = periods(calendar(starts="May"), kind="month", start=date(1950, 1, 1), end=date(2000, 1, 1))
    assert len(found) == 600


# What a plan document may write


def test_each_form_is_known_by_its_words() -> None:
    for known, form in ((JULY, MonthCalendar), (NRF, WeekCalendar), (ADVENTURE_WORKS, OwnCalendar)):
        assert isinstance(known, form)
        assert CALENDARS.validate_python(known) == known
        assert CALENDARS.validate_json(CALENDARS.dump_json(known)) == known


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({}, r"one of the words starts, weeks, .* write \{starts: January\}, \{weeks: 4-4-5"),
        ({"ends": "2026-01-01"}, "one of the words"),
        ({"starts": "Jul"}, "'January', 'February'"),
        ({"starts": "July", "weeks": "4-4-5"}, "Extra inputs"),
        ({"weeks": "4-4-4", "year_ends": {"weekday": "Sunday", "month": "May", "rule": "last"}}, "'4-4-5', '4-5-4'"),
        ({"years": [], "ends": "2026-01-01"}, "is empty; give the starts"),
        ({"years": ["2024-05-29"]}, "Field required"),
        ({"years": [2024], "ends": "2026-01-01"}, "'2024' is not a day; write year, month and day"),
        ({"years": ["20240529"], "ends": "2026-01-01"}, "'20240529' is not a day"),
        ({"years": [datetime(2024, 5, 29, tzinfo=UTC)], "ends": "2026-01-01"}, "is not a day"),
        ({"years": ["2025-01-01", "2024-01-01"], "ends": "2026-01-01"}, "years: 2025-01-01 is followed by 2024-01-01"),
        ({"years": ["2025-01-01"], "ends": "0001-01-01"}, "years: 2025-01-01 is followed by 0001-01-01"),
        (
            {"quarters": ["2025-01-01", "2026-01-02"], "years": ["2025-01-01", "2026-01-01"], "ends": "2026-04-01"},
            "years: 2026-01-01 is not among the quarters; start every year together with a quarter",
        ),
        (
            {"months": ["2025-01-01", "2025-02-01"], "years": ["2025-02-01"], "ends": "2026-01-01"},
            "months: 2025-01-01 lies before the first year, 2025-02-01",
        ),
        (
            {"years": ["2024-01-01", "2024-07-01"], "ends": "2024-12-31"},
            "start on 2024-01-01 and 2024-07-01 would both be named 2024; correct .* or try named_by: start",
        ),
    ],
)
def test_a_calendar_that_is_none_says_why(written: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        calendar(**written)


def test_two_years_of_one_name_can_be_told_apart_by_their_other_end() -> None:
    starts = ["2024-01-01", "2024-12-30"]
    with pytest.raises(ValidationError, match=r"both be named 2024; .* try named_by: end"):
        calendar(years=starts, ends="2025-12-29", named_by="start")
    assert span(calendar(years=starts, ends="2025-12-29"), "2025") == ("2024-12-30", "2025-12-29")


@pytest.mark.parametrize(
    ("known", "text", "told"),
    [
        (JANUARY, "2026-13", r"no period '2026-13'; write a name such as .*2026-12.* or two days as in 2026-01-01\.\."),
        (JANUARY, "2026-Q5", "no period '2026-Q5'; write a name such as 2026-Q1, 2026-Q2, 2026-Q3, 2026-Q4"),
        (JANUARY, "2026-3", "2026-03"),
        (JANUARY, "1850", "write a name such as 1899"),
        (JANUARY, "9999", "write a name such as .*2201"),
        (JANUARY, "20266", "such as 2026, 2026-Q1 or 2026-03"),
        (JANUARY, "last year", "such as 2026, 2026-Q1 or 2026-03"),
        (JANUARY, "2026-01-31", "no period '2026-01-31'.* or two days as in"),
        (ADVENTURE_WORKS, "2026", "write a name such as .*2025"),
        (ADVENTURE_WORKS, "2023-04", "2023-Q4"),
        (QUARTERS_ONLY, "2022-05-31", "2022-05-30"),
        (MONTHS_AND_QUARTERS, "2026-01-01", "2026-01-01-M, 2026-01-01-Q"),
        (JANUARY, "2026-04-01..2026-01-01", "must end after they start; write the earlier day first"),
        (JANUARY, "2026-02-01..2026-02-30", "'2026-02-30' is not a day"),
        (JANUARY, "2026-01..2026-04", "'2026-01' is not a day; write year, month and day"),
    ],
)
def test_a_span_that_is_none_says_what_to_write(known: CalendarSpec, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_span(known, text=text)


def test_names_may_come_as_yaml_reads_them() -> None:
    assert parse_span(JANUARY, text=2026) == (date(2026, 1, 1), date(2027, 1, 1))
    assert parse_span(QUARTERS_ONLY, text=date(2022, 5, 30)) == (date(2022, 5, 30), date(2022, 8, 30))


def test_asking_for_what_is_not_there_says_what_is() -> None:
    with pytest.raises(ValueError, match="no periods of the kind 'month'; it has quarter, year, so ask for one"):
        periods(ADVENTURE_WORKS, kind="month", start=date(2023, 1, 1), end=date(2024, 1, 1))
    with pytest.raises(ValueError, match="no periods of the kind 'month'"):
        period_at(ADVENTURE_WORKS, kind="month", day=date.max)
    with pytest.raises(ValueError, match="from 2024-01-01 to 2023-01-01 end before they start"):
        periods(JANUARY, kind="month", start=date(2024, 1, 1), end=date(2023, 1, 1))


# Properties

MONTHS = ["January", "February", "March", "April", "June", "September", "November", "December"]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
NAMED_BY = st.sampled_from(["end", "start"])
DAYS = st.dates(FIRST_DAY, LAST_DAY)
repeatable = settings(derandomize=True, deadline=None)


@st.composite
def own_lists(draw: st.DrawFn) -> CalendarSpec:
    """Draw one to four years of own months, grouped into quarters and years, and give any of the three lists."""
    in_quarter, in_year = draw(st.sampled_from([(3, 12), (2, 10), (13, 13), (5, 10)]))
    # Ten months of 37 days are more than a calendar year, so that no two years share a name.
    months = draw(st.lists(st.integers(37, 60), min_size=in_year, max_size=in_year)) * draw(st.integers(1, 4))
    bounds = list(accumulate((timedelta(days=days) for days in months), initial=draw(DAYS)))
    every = {"months": 1, "quarters": in_quarter, "years": in_year}
    listed = draw(st.sets(st.sampled_from(sorted(every)), min_size=1))
    starts = {kind: bounds[:-1:step] for kind, step in every.items() if kind in listed}
    return calendar(**starts, ends=bounds[-1], named_by=draw(NAMED_BY))


month_years = st.builds(calendar, starts=st.sampled_from(MONTHS), named_by=NAMED_BY)
week_years = st.builds(
    calendar,
    weeks=st.sampled_from(["4-4-5", "4-5-4", "5-4-4"]),
    year_ends=st.builds(
        YearEnd,
        weekday=st.sampled_from(WEEKDAYS),
        month=st.sampled_from(MONTHS),
        rule=st.sampled_from(["last", "nearest"]),
    ),
    named_by=NAMED_BY,
)
calendars = month_years | week_years | own_lists()


def some_periods(known: CalendarSpec, kind: PeriodKind, day: date) -> tuple[Period, ...]:
    """Return the periods of some six years around a day, or all of a list."""
    if isinstance(known, OwnCalendar):
        return periods(known, kind=kind, start=date.min, end=date.max)
    return periods(known, kind=kind, start=day - timedelta(days=1000), end=day + timedelta(days=1000))


@repeatable
@given(calendars, DAYS)
def test_periods_of_a_kind_tile_the_time(known: CalendarSpec, day: date) -> None:
    for kind in kinds(known):
        found = some_periods(known, kind, day)
        assert all(period.start < period.end for period in found)
        assert all(before.end == after.start for before, after in pairwise(found))
        assert list(found) == sorted(found)
        assert len({period.name for period in found}) == len(found)


@repeatable
@given(calendars, DAYS, st.integers(0, 900))
def test_exactly_the_periods_that_overlap_are_found(known: CalendarSpec, day: date, length: int) -> None:
    end = day + timedelta(days=length)
    for kind in kinds(known):
        near = some_periods(known, kind, day)
        expected = [period for period in near if length and period.start < end and period.end > day]
        assert list(periods(known, kind=kind, start=day, end=end)) == expected


@repeatable
@given(calendars, DAYS)
def test_a_longer_period_is_the_union_of_its_shorter_ones(known: CalendarSpec, day: date) -> None:
    for shorter, longer in pairwise(kinds(known)):
        for period in some_periods(known, longer, day)[1:-1]:
            parts = periods(known, kind=shorter, start=period.start, end=period.end)
            assert (parts[0].start, parts[-1].end) == (period.start, period.end)
            if not isinstance(known, OwnCalendar):
                assert len(parts) == (3 if shorter == "month" else 4)


@repeatable
@given(calendars, DAYS)
def test_the_period_at_a_day_is_the_one_that_holds_it(known: CalendarSpec, day: date) -> None:
    for kind in kinds(known):
        holding = [period for period in some_periods(known, kind, day) if period.start <= day < period.end]
        found = period_at(known, kind=kind, day=day)
        assert holding == ([found] if found else [])
        assert found or isinstance(known, OwnCalendar)


@repeatable
@given(calendars, DAYS)
def test_every_name_reads_back_as_its_days(known: CalendarSpec, day: date) -> None:
    for kind in kinds(known):
        for period in some_periods(known, kind, day):
            assert parse_span(known, text=period.name) == (period.start, period.end)
            assert parse_span(known, text=f"{period.start}..{period.end}") == (period.start, period.end)


@repeatable
@given(week_years, DAYS)
def test_years_of_weeks_have_52_or_53_of_them(known: CalendarSpec, day: date) -> None:
    for year in some_periods(known, "year", day):
        assert (year.end - year.start).days in {364, 371}
        quarters = periods(known, kind="quarter", start=year.start, end=year.end)
        assert all((quarter.end - quarter.start).days == 91 for quarter in quarters[:3])


@repeatable
@given(month_years, st.integers(1900, 2200))
def test_the_last_day_of_february_is_in_the_month_of_the_first(known: CalendarSpec, year: int) -> None:
    last_day = date(year, 3, 1) - timedelta(days=1)
    month = period_at(known, kind="month", day=last_day)
    assert month is not None
    assert (month.start, month.end) == (date(year, 2, 1), date(year, 3, 1))
