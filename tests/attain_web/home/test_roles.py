"""Homes tell each role what it looks after, from the runs that count, and nothing that is not theirs to see."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from attain_web.access.rights import Role
from attain_web.crm.models import Activity, Opportunity, Order
from attain_web.home import views
from attain_web.home.company import _told, company, cost, to_approve
from attain_web.home.current import Current, Standing, currents
from attain_web.home.team import Work, reasons, sums, team
from attain_web.payouts.models import Attainment, Earning, Payout, Run
from attain_web.payouts.services import start_run
from attain_web.payouts.work import calculate
from attain_web.plans.models import Plan, PlanVersion
from tests.attain_web.home.conftest import TODAY, ClientOf, page

ALICE = "Alice Adler"
TEAM = "Who needs help first"
PARTS = {
    "participant": ["Your attainment", "1.0 %", "What the next deal brings", "Your pay"],
    "manager": ["Your attainment", TEAM, ALICE, "Adam Abel", "Statements to look at", "Attainment by person"],
    "bea": [TEAM, "Ann Arbor", ALICE],
    "operations": ["The company", "Faults in the data", "Runs"],
    "finance": ["To approve", "Approved pay by month", "The company", "40.12"],
    "executive": ["The company", "Bookings"],
    "auditor": ["Evidence of approved runs", "The audit trail", "The company"],
    "designer": ["Plans at work", "Draft", "The company"],
    "administrator": ["Done last"],
}
HIDDEN = {
    "participant": [TEAM, "The company", "To approve", "Adam Abel", "Evidence of"],
    "manager": ["Charlie Cole", "The company", "To approve", "Runs"],
    "dan": ["Adam Abel", ALICE],
    "operations": ["To approve", "Your attainment", "Approved pay by month"],
    "executive": ["To approve", "Approved pay by team", ALICE, "10.03", "40.12", "Runs"],
    "administrator": ["The company", "Your attainment", "Runs", "To approve"],
}


@pytest.mark.parametrize("who", PARTS)
def test_each_sees_what_they_look_after(client_of: ClientOf, who: str) -> None:
    text = page(client_of, who)
    assert [part for part in PARTS[who] if part not in text] == []


@pytest.mark.parametrize("who", HIDDEN)
def test_nobody_sees_what_is_not_theirs(client_of: ClientOf, who: str) -> None:
    main = page(client_of, who).split("<main", 1)[1].split("</main>")[0]
    assert [part for part in HIDDEN[who] if part in main] == []


def test_what_stopped_the_newest_run_is_a_fault_in_the_data(client_of: ClientOf, everyone: Any) -> None:
    Order.objects.filter(order="O-alice").update(currency="USD")
    run = start_run(everyone.viewer("designer"), everyone.versions["published"], "2026-Q1")
    calculate(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    text = page(client_of, "operations")
    assert "knows no USD, as in O-alice" in text
    assert "stops the run" in text


def test_several_roles_show_each_part_once(client_of: ClientOf, everyone: Any) -> None:
    for role in (Role.PARTICIPANT, Role.FINANCE, Role.OPERATIONS, Role.EXECUTIVE):
        everyone.users["manager"].grants.get_or_create(role=role)
    text = page(client_of, "manager")
    for part in ("own", "team", "finance", "company", "faults"):
        assert text.count(f'<h2 id="{part}">') == 1, part


@pytest.mark.parametrize(
    ("who", "most"),
    [("participant", 42), ("manager", 52), ("operations", 40), ("finance", 42), ("executive", 36), ("auditor", 44)],
)
def test_a_home_needs_few_queries_however_many_people(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries, everyone: Any, who: str, most: int
) -> None:
    client = client_of(who)
    client.get("/?deal=")  # plans are read once in a process
    with django_assert_max_num_queries(most) as few:
        client.get("/")
    run = everyone.runs["calculated"]
    for number in range(5):
        Attainment.objects.create(
            run=run, participant_id="adam", measure=f"m{number}", period_start=run.start, period_end=run.end, value=1
        )
    Opportunity.objects.bulk_create(
        Opportunity(opportunity=f"N-{n}", participant_id="adam", stage="proposal", amount=5) for n in range(20)
    )
    with django_assert_max_num_queries(len(few)):
        client.get("/")


def test_without_a_run_homes_say_so(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "today", lambda: date(2025, 1, 1))
    assert "No run has found anything yet" in page(client_of, "participant")


def test_the_last_run_counts_where_none_holds_today(everyone: Any) -> None:
    (current,) = currents(date(2026, 9, 1))
    assert (current.run, current.day) == (everyone.runs["calculated"], date(2026, 3, 31))
    (current,) = currents(TODAY)
    assert current.day == TODAY


def test_of_several_runs_the_one_that_read_last_is_the_company_s(everyone: Any) -> None:
    first = everyone.runs["calculated"]
    later = Run.objects.create(
        version=first.version, period="x", state="calculated", start=first.start, end=date(2026, 7, 1)
    )
    attained = {"participant_id": "alice", "measure": "bookings", "quota": 1000, "value": 560, "attainment": "0.56"}
    Attainment.objects.create(run=later, period_start=first.start, period_end=first.end, **attained)
    Run.objects.filter(pk=first.pk).update(read_at=timezone.now())  # taken up again
    found = currents(TODAY)
    assert [one.run for one in found] == [first]
    shown = company(everyone.viewer("executive"), found, TODAY)
    assert shown is not None
    assert {one.current.run for one in shown.standings} == {first}


def test_who_needs_help_comes_first(everyone: Any) -> None:
    run = everyone.runs["calculated"]
    newest = Run.objects.create(
        version=run.version, period="2026-Q1", state=Run.State.CALCULATED, start=run.start, end=run.end
    )
    for key, value in (("alice", 9000), ("adam", 2000)):
        row = {"run": newest, "participant_id": key, "period_start": run.start, "period_end": run.end}
        Attainment.objects.create(
            **row, measure="bookings", value=value, quota=10_000, attainment=Decimal(value) / 10_000
        )
    found = team(everyone.viewer("manager"), currents(TODAY), TODAY)
    assert found is not None
    assert [(one.key, one.standing.state) for one in found.members] == [("adam", "behind"), ("alice", "ahead")]
    assert [(one.value, one.quota, one.people) for one in found.sums] == [(Decimal(11_000), Decimal(20_000), 2)]
    assert found.behind == 1


@pytest.mark.parametrize(
    ("who", "seen", "hidden"),
    [
        ("manager", ["alice", "adam", "ann"], ["charlie", "nobody"]),
        ("dan", ["charlie"], ["alice", "adam"]),
        ("participant", ["alice"], ["adam", "ann"]),
        ("executive", ["alice", "charlie"], ["nobody"]),
        ("administrator", [], ["alice"]),
    ],
)
def test_how_somebody_stands_is_told_behind_their_page(
    client_of: ClientOf, who: str, seen: list[str], hidden: list[str]
) -> None:
    for key in (*seen, *hidden):
        answer = client_of(who).get(f"/?person={key}", headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert ("1.0 %" in answer.content.decode()) is (key in seen), key
        assert ("Why" in answer.content.decode()) is (key in seen), key
    asked = [key for key in seen if f"?person={key}" in client_of(who).get(f"/people/{key}/").content.decode()]
    assert asked == seen


def test_open_deals_are_summed_in_the_currency_of_the_quota_only(everyone: Any) -> None:
    deal = {"participant_id": "adam", "stage": "open", "close_date": date(2026, 5, 1)}
    for number, (currency, amount) in enumerate((("EUR", 700), (None, 50), ("USD", 9000))):
        Opportunity.objects.create(opportunity=f"D-more-{number}", currency=currency, amount=amount, **deal)
    found = team(everyone.viewer("manager"), currents(TODAY), TODAY)
    assert found is not None
    (adam,) = [one for one in found.members if one.key == "adam"]
    assert (adam.currency, adam.work.deals, adam.work.elsewhere) == ("EUR", 2, 1)
    assert adam.work.open == 750
    assert (found.count, found.below) == (2, 2)


def test_the_course_of_attainment_ends_with_the_last_period_that_is_over(everyone: Any) -> None:
    first = everyone.runs["calculated"]
    year = Run.objects.create(
        version=first.version, period="2026", state="calculated", start=date(2026, 1, 1), end=date(2027, 1, 1)
    )
    days = (date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1))
    for start, end in pairwise(days):
        row = {"run": year, "participant_id": "alice", "measure": "bookings", "quota": 100, "value": 90}
        Attainment.objects.create(**row, period_start=start, period_end=end, attainment=Decimal("0.9"))
    shown = company(everyone.viewer("executive"), currents(date(2026, 7, 15)), date(2026, 7, 15))
    assert shown is not None
    assert shown.trend is not None
    assert len(shown.trend.labels) == 2  # the third quarter has only begun


def test_colleagues_of_another_team_are_not_counted(everyone: Any) -> None:
    found = team(everyone.viewer("dan"), currents(TODAY), TODAY)
    assert found is not None
    assert [one.key for one in found.members] == ["charlie"]


def abroad(everyone: Any, name: str, currency: str) -> Run:
    """An approved run of another plan, in which Charlie is paid 5."""
    version, run = everyone.versions["published"], everyone.runs["calculated"]
    told = {"start": version.start, "end": version.end, "published_at": version.published_at, "state": version.state}
    text = version.text.replace("Sellers", name).replace("EUR", currency)
    other = PlanVersion.objects.create(plan=Plan.objects.create(name=name), number=1, text=text, **told)
    days = {"start": run.start, "end": run.end, "period": run.period}
    decided = {"decided_by": everyone.users["finance"], "decided_at": timezone.now()}
    made = Run.objects.create(version=other, state=Run.State.APPROVED, **days, **decided)
    row = {"run": made, "participant_id": "charlie", "period_start": run.start, "period_end": run.end}
    Attainment.objects.create(**row, measure="bookings", value=500, quota=1000, attainment=Decimal("0.5"))
    Payout.objects.create(**row, amount=5, currency=currency)
    return made


def test_amounts_of_several_currencies_are_not_added_up(everyone: Any) -> None:
    for name, currency in (("Abroad", "USD"), ("Export", "USD"), ("Further", "GBP"), ("Home", "EUR"), ("Isle", "GBP")):
        abroad(everyone, name, currency)
    found = company(everyone.viewer("executive"), currents(TODAY), TODAY)
    assert found is not None
    assert {one.currency: (one.value, one.people) for one in found.standings} == {
        "EUR": (Decimal("901"), 5),
        "USD": (Decimal(1000), 2),
        "GBP": (Decimal(1000), 2),
    }
    chart = cost(everyone.viewer("finance"), TODAY)
    assert chart is not None
    assert chart.series == {
        "Sellers (EUR)": [Decimal("40.12")],
        "Abroad (USD)": [Decimal(5)],
        "Export (USD)": [Decimal(5)],
        "Other plans (GBP)": [Decimal(10)],
        "Other plans (EUR)": [Decimal(5)],
    }
    current = Current(abroad(everyone, "Team", "USD"), TODAY)
    mine = standing(everyone, 100)
    both = sums([mine, Standing(current, mine.measure, mine.start, mine.end, Decimal(7), Decimal(10))])
    assert sorted((one.currency, one.value) for one in both) == [("EUR", Decimal(100)), ("USD", Decimal(7))]


def standing(everyone: Any, value: int) -> Standing:
    current = Current(everyone.runs["calculated"], TODAY)
    return Standing(current, "bookings", date(2026, 1, 1), date(2026, 4, 1), Decimal(value), Decimal(10_000))


@pytest.mark.parametrize(
    ("value", "work", "said"),
    [
        (10_000, Work(), ["quota reached"]),
        (2_000, Work(activities=2), ["few activities: 2 in 30 days, the team's median is 10", "no open deals"]),
        (2_000, Work(2, Decimal(4_000), Decimal(2_000), 10), ["open deals are 50 % of what is missing"]),
        (
            9_500,
            Work(3, Decimal(9_000), Decimal(8_000), 10),
            ["one large deal open: 8,000", "1,375 more than is expected by now"],  # 52 of 64 days are over
        ),
        (8_200, Work(3, Decimal(9_000), Decimal(3_000), 10), ["as expected by now"]),
        (2_000, Work(5, Decimal(9_000), Decimal(2_000), 10), ["enough is open: win what there is"]),
    ],
)
def test_reasons_are_plain_words(everyone: Any, value: int, work: Work, said: list[str]) -> None:
    told = reasons(standing(everyone, value), work, 10)
    assert told[: len(said)] == said
    assert [text for text in told[len(said) :] if not text.startswith("needs ")] == []


def test_who_is_behind_is_told_what_a_day_must_bring(everyone: Any) -> None:
    told = reasons(standing(everyone, 2_000), Work(5, Decimal(9_000), Decimal(2_000), 10), 10)
    assert told[-1] == "needs 667 a working day from now on, so far 38"  # 8,000 in 12 days; 2,000 in 52


def test_states_follow_from_pace(everyone: Any) -> None:
    states = [standing(everyone, value).state for value in (10_000, 9_000, 8_125, 7_000)]
    assert states == ["reached", "ahead", "on", "behind"]
    assert standing(everyone, 1).expected == Decimal(8125)


def test_activities_and_deals_of_the_team_are_counted(everyone: Any) -> None:
    Activity.objects.create(activity="A1", participant_id="adam", kind="call", date=TODAY)
    Activity.objects.create(activity="A2", participant_id="adam", kind="call", date=date(2026, 4, 1))
    Opportunity.objects.create(opportunity="X", participant_id="adam", stage="proposal", amount=40)
    found = team(everyone.viewer("manager"), currents(TODAY), TODAY)
    assert found is not None
    (adam,) = [one for one in found.members if one.key == "adam"]
    assert (adam.work.deals, adam.work.open, adam.work.activities) == (
        1,
        Decimal(40),
        2,
    )  # one of 2 March; April is to come


def test_pay_of_few_is_told_only_together() -> None:
    one = Decimal(1)
    told = _told({("North", "EUR"): [one] * 6, ("South", "EUR"): [one] * 7, ("Tiny", "EUR"): [one] * 2})
    assert [(team_.team, team_.people) for team_ in told] == [("Other teams", 8), ("South", 7)]
    assert _told({("Tiny", "EUR"): [one] * 4}) == []
    told = _told({("A", "EUR"): [one] * 3, ("B", "EUR"): [one] * 3, ("", "USD"): [one] * 5})
    assert [(team_.team, team_.people, team_.currency) for team_ in told] == [
        ("Other teams", 6, "EUR"),
        ("Other teams", 5, "USD"),
    ]


def test_what_waits_for_approval(everyone: Any) -> None:
    (waiting,) = to_approve(everyone.viewer("finance"), TODAY)
    assert (waiting.run, waiting.is_mine, waiting.is_over) == (everyone.runs["calculated"], True, False)
    Run.objects.filter(pk=waiting.run.pk).update(started_by=everyone.users["finance"])
    (waiting,) = to_approve(everyone.viewer("finance"), TODAY)
    assert not waiting.is_mine
    Run.objects.filter(pk=waiting.run.pk).update(started_by=None)
    assert to_approve(everyone.viewer("finance"), TODAY) == []  # the night's, of a period at work, waits for nobody
    assert to_approve(everyone.viewer("operations"), TODAY) == []


def test_the_course_of_a_year_takes_each_period_from_its_newest_run(client_of: ClientOf, everyone: Any) -> None:
    for start, end, share in ((date(2025, 7, 1), date(2025, 10, 1), 40), (date(2025, 10, 1), date(2026, 1, 1), 50)):
        before = Run.objects.create(
            version=everyone.versions["published"], period="x", state=Run.State.CALCULATED, start=start, end=end
        )
        row = {"run": before, "participant_id": "alice", "period_start": start, "period_end": end}
        Attainment.objects.create(**row, measure="bookings", value=share, quota=100, attainment=Decimal(share) / 100)
        Earning.objects.create(**row, component="Bookings", amount=1, currency="EUR")
    text = page(client_of, "executive")
    assert "Attainment by period" in text
    assert all(told in text for told in ("40.0 %", "50.0 %"))
