"""Measures: the catalogue, values down to their records, definitions by form and text, calendars."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from attain.errors import AttainError
from attain_web.access.models import AuditEvent
from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.measures.calendars import calendar_of, choices, year_of
from attain_web.measures.documents import checked, fields_of, with_fields
from attain_web.measures.models import CompanyMeasure
from attain_web.measures.queries import company_measures, known_measures
from attain_web.measures.services import remove_measure, save_measure
from attain_web.measures.values import Asked, facts_behind, values
from attain_web.quotas.models import Quota

ClientOf = Callable[[str], Client]
ViewerOf = Callable[[str], Viewer]
YEAR = (date(2026, 1, 1), date(2027, 1, 1))
BEFORE = (date(2025, 1, 1), date(2026, 1, 1))


def _values(viewer: Viewer, name: str, **asked: object) -> dict[str | None, list[Decimal | None]]:
    told = {"every": "year", "span": YEAR, **asked}
    found = values(viewer, name, Asked(calendar_of(""), **told))  # type: ignore[arg-type]
    return {line.key: list(line.values.values()) for line in found.lines}


def test_the_catalogue_is_found_filtered_sorted_and_taken_out(client_of: ClientOf) -> None:
    client = client_of("participant")
    page = client.get("/measures/").content.decode()
    assert "Win rate" in page
    assert "Large orders" in page
    assert "New measure" not in page
    page = client.get("/measures/?kind=ratio&q=win").content.decode()
    assert "Win rate" in page
    assert "Bookings</a>" not in page
    assert "Large orders" in client.get("/measures/?origin=company").content.decode()
    lines = client.get("/measures/all.csv?sort=-name").content.decode().splitlines()
    assert lines[1].startswith("won_deals,Won deals,count,count,opportunities,")
    assert client.get("/measures/all.xlsx").content[:2] == b"PK"
    assert client.get("/measures/all.pdf").status_code == 404


def test_a_measure_is_told_in_words_with_its_examples(client_of: ClientOf) -> None:
    page = client_of("administrator").get("/measures/bookings/").content.decode()
    for told in ("Adds up amount over orders.", "Worked example", "120.5", "Team bookings", "day of the order"):
        assert told in page
    assert "/measures/bookings/values/" not in page  # attainment is not theirs to see
    assert "<dt>Formula</dt><dd><code>amount</code></dd>" in page
    page = client_of("designer").get("/measures/large_orders/").content.decode()
    assert "where: amount &gt;= 100" in page
    assert "by Dora Design" in page
    assert client_of("designer").get("/measures/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("operations", {"ann", "alice", "adam", "charlie"}),
        ("manager", {"ann", "alice", "adam"}),
        ("bea", {"ann", "alice", "adam"}),
        ("participant", {"alice"}),
        ("dan", {"charlie"}),
    ],
)
def test_values_are_those_that_somebody_may_see(viewer_of: ViewerOf, name: str, keys: set[str]) -> None:
    found = _values(viewer_of(name), "bookings")
    assert found == {key: [Decimal("175.75") if key == "adam" else Decimal("100.25")] for key in keys}


def test_who_was_above_on_the_day_sees_the_value_of_that_day(viewer_of: ViewerOf) -> None:
    assert set(_values(viewer_of("dan"), "bookings", span=BEFORE)) == {"alice"}
    assert _values(viewer_of("manager"), "bookings", span=BEFORE) == {}


def test_sums_of_teams_are_of_ones_own_team_and_those_below(viewer_of: ViewerOf) -> None:
    assert _values(viewer_of("operations"), "bookings", by="team") == {
        "ann": [276],
        "bea": [Decimal("376.25")],
        "dan": [Decimal("100.25")],
    }
    assert set(_values(viewer_of("manager"), "bookings", by="team")) == {"ann"}
    assert _values(viewer_of("manager"), "team_bookings") == {"ann": [276]}
    assert set(_values(viewer_of("participant"), "bookings", by="team")) == {"alice"}  # they have no teams


def test_values_are_laid_out_by_what_their_facts_have(viewer_of: ViewerOf) -> None:
    olga = viewer_of("operations")
    assert _values(olga, "bookings", by="account") == {
        "A-ann": [Decimal("100.25")],
        "A-alice": [Decimal("100.25")],
        "A-adam": [Decimal("100.25")],
        "A-charlie": [Decimal("100.25")],
        None: [Decimal("75.50")],
    }
    assert set(_values(olga, "bookings", by="territory")) == {"north", "south"}
    assert values(olga, "bookings", Asked(calendar_of(""), span=YEAR)).dimensions == (
        "participant",
        "team",
        "territory",
        "account",
    )


@pytest.mark.parametrize("name", ["operations", "manager", "bea", "participant", "charlie"])
@pytest.mark.parametrize("measure", ["bookings", "team_bookings", "won_deals", "large_orders"])
def test_the_records_behind_a_value_add_up_to_it(viewer_of: ViewerOf, name: str, measure: str) -> None:
    for key, (value,) in _values(viewer_of(name), measure).items():
        behind = facts_behind(viewer_of(name), measure, by="participant", value=key, span=YEAR)
        assert sum(behind.sums.values()) == value
        assert all(fact.participant == key for fact in behind.facts)
        assert sum(fact.amount for fact in behind.facts) == value


def test_a_record_links_to_its_row_where_that_may_be_seen(client_of: ClientOf) -> None:
    address = "/measures/bookings/facts/?by=participant&of=alice&from=2026-01-01&until=2027-01-01"
    page = client_of("participant").get(address).content.decode()
    assert ">O-alice</a>" in page
    assert "100 % of orders O-alice" in page
    assert "Alice Adler, 2026-01-01 – 2026-12-31" in page
    assert "Bookings</span>" in page
    assert "O-alice" not in client_of("charlie").get(address).content.decode()
    assert client_of("administrator").get(address).status_code == 404


def test_the_page_of_values_shows_them_with_a_chart(client_of: ClientOf) -> None:
    page = client_of("manager").get("/measures/bookings/values/?year=2026").content.decode()
    assert "100.25" in page
    assert "2026-Q1" in page
    assert "charlie" not in page
    fragment = client_of("manager").get("/measures/bookings/values/?year=2026", headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()


def test_a_measure_is_defined_by_fields_and_shown_as_text(client_of: ClientOf) -> None:
    client = client_of("designer")
    fields = {"name": "big_wins", "title": "Big wins", "kind": "sum", "table": "opportunities", "formula": "amount"}
    sent = {**fields, "where": "stage = 'won'", "view": "form", "text": ""}
    page = client.post("/measures/new-measure/", {**sent, "step": "text"}).content.decode()
    text = re.search(r'<textarea class="text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert text is not None
    assert unescape(text[1]) == "title: Big wins\nsum: amount\nof: opportunities\nwhere: stage = 'won'\n"
    page = client.post("/measures/check-measure/", {**sent, "step": "try"}).content.decode()
    assert "No faults" in page
    assert "100.25" in page
    assert not CompanyMeasure.objects.filter(name="big_wins").exists()
    assert client.post("/measures/new-measure/", {**sent, "step": "save"}).status_code == 302
    assert company_measures()["big_wins"].where == "stage = 'won'"
    assert AuditEvent.objects.latest("number").action == "measures.make"
    assert client.get("/measures/big_wins/values/?year=2026").status_code == 200


def test_a_formula_over_measures_is_defined_and_opened(client_of: ClientOf) -> None:
    client = client_of("designer")
    fields = {"name": "points", "kind": "formula", "formula": "bookings * 2 + large_orders", "view": "form", "text": ""}
    assert "No faults" in client.post("/measures/check-measure/", {**fields, "step": "try"}).content.decode()
    assert client.post("/measures/new-measure/", {**fields, "step": "save"}).status_code == 302
    page = client.get("/measures/points/").content.decode()
    for told in (
        "Calculates bookings * 2 + large_orders.",
        "<code>bookings * 2 + large_orders</code>",
        "Large orders</a>",
    ):
        assert told in page


def test_the_value_of_a_formula_is_that_of_its_measures(viewer_of: ViewerOf) -> None:
    save_measure(viewer_of("designer"), "points", "formula: bookings * 2 + large_orders\n")
    people = ("ann", "alice", "adam", "charlie")
    bookings, large = (_values(viewer_of("operations"), name) for name in ("bookings", "large_orders"))
    wanted = {one: [2 * (bookings[one][0] or 0) + (large.get(one, [Decimal(0)])[0] or 0)] for one in people}
    assert _values(viewer_of("operations"), "points") == wanted


def test_fields_change_the_text_and_leave_its_comments() -> None:
    text = "# what we agreed\ntitle: Old  # in March\nratio: [bookings, calls]\n"
    fields = fields_of(text)
    assert fields == {"title": "Old", "kind": "ratio", "table": "", "first": "bookings", "second": "calls"}
    assert with_fields(text, fields) == text
    changed = with_fields(text, {**fields, "title": "New", "second": "won_deals"})
    assert changed == "# what we agreed\ntitle: New  # in March\nratio: [bookings, won_deals]\n"
    assert with_fields(text, {"kind": "count", "table": "orders"}).endswith("count: orders\n")


@pytest.mark.django_db
def test_who_has_written_nothing_is_told_what_there_is() -> None:
    _measure, (fault,) = checked("mine", "", known_measures())
    assert fault.advice.startswith("It may have title, sum, count,")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("sum: amount\nof: orders\nwhere: amont > 5\n", 3, "amont"),
        ("sum: date\nof: orders\n", 1, "gives a date"),
        ("sum: amount\nof: people\n", 1, "no table of facts"),
        ("title: x\nratio: [bookings, nothing]\n", 2, "'nothing' is not defined"),
        ("title: x\nratio: [bookings, mine]\n", 2, "made of itself"),
        ("sum: amount\nofs: orders\n", 2, "'ofs' is not known here"),
        ("sum: amount\nof: orders\ncredited: nobody\n", 3, "no text column"),
        ("sum: [", 1, "not YAML"),
        ('count: orders\ntitle: "\\ud800"\n', 2, "is no character"),
        ("count: orders\nwhere: " + "[" * 5000, 2, "nests too deeply"),
        ("title: x\nformula: bookings + turnover\n", 2, "'turnover' is not defined"),
        ("title: x\nformula: bookings > 5\n", 2, "gives a condition"),
        ("title: x\nsum: weight * scores\nof: objectives\n", 2, "scores"),
    ],
)
def test_faults_are_told_with_their_line(text: str, line: int, told: str) -> None:
    _measure, faults = checked("mine", text, known_measures())
    assert any(told in fault.message and fault.line == line for fault in faults), faults


def test_who_may_not_define_measures_is_refused(viewer_of: ViewerOf) -> None:
    with pytest.raises(NotAllowedError):
        save_measure(viewer_of("operations"), "mine", "count: orders\n")
    with pytest.raises(NotAllowedError):
        remove_measure(viewer_of("operations"), "large_orders")


@pytest.mark.parametrize("name", ["bookings", "large_orders", "Upper", "with-hyphen", "", "9th", "a\x00b"])
def test_a_name_is_a_free_word(viewer_of: ViewerOf, name: str) -> None:
    with pytest.raises(ValidationError):
        save_measure(viewer_of("designer"), name, "count: orders\n")


@pytest.mark.parametrize("view", ["form", "text"])
@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a\x00b", "title: x\ncount: orders\n", "small letters"),
        ("mine", 'title: "\\ud800"\ncount: orders\n', "is no character"),
        ("mine", 'title: "\\0"\ncount: orders\n', "is no character"),
        ("mine", "title: " + "[" * 20_000, "nests too deeply"),
    ],
)
def test_what_no_database_can_hold_is_refused_in_words(
    client_of: ClientOf, view: str, name: str, text: str, told: str
) -> None:
    client, fields = (
        client_of("designer"),
        {"title": "x\x00y", "kind": "count", "table": "orders"} if view == "form" else {},
    )
    sent = {"name": name, "text": text, "view": view, **fields}
    page = client.post("/measures/new-measure/", {**sent, "step": "save"})
    if view == "text" or name != "mine":
        assert page.status_code == 422
    if view == "text":
        assert told in unescape(page.content.decode())
    assert client.post("/measures/check-measure/", sent).status_code == 200
    assert client.get("/measures/").status_code == 200


def test_nothing_is_written_over_a_version_that_was_not_seen(viewer_of: ViewerOf) -> None:
    dora, row = viewer_of("designer"), CompanyMeasure.objects.get(name="large_orders")
    seen = row.changed_at
    save_measure(dora, "large_orders", "count: orders\nwhere: amount > 90\n", seen=seen)
    with pytest.raises(ValidationError):
        save_measure(dora, "large_orders", "count: orders\n", seen=seen)
    assert company_measures()["large_orders"].where == "amount > 90"
    now = CompanyMeasure.objects.get(name="large_orders").changed_at
    with pytest.raises(AttainError):
        save_measure(dora, "large_orders", "count: nothing\n", seen=now)


def test_a_measure_that_something_speaks_of_stays(viewer_of: ViewerOf, client_of: ClientOf) -> None:
    dora = viewer_of("designer")
    save_measure(dora, "share", "ratio: [large_orders, won_deals]\n")
    with pytest.raises(ValidationError, match="share is made of"):
        remove_measure(dora, "large_orders")
    quota = Quota.objects.create(participant_id="alice", measure="share", start=YEAR[0], quota=1)
    page = client_of("designer").post("/measures/share/remove/", follow=True).content.decode()
    assert "There are quotas for this measure" in page
    quota.delete()
    remove_measure(dora, "share")
    assert "share" not in company_measures()
    assert AuditEvent.objects.latest("number").action == "measures.remove"


def test_calendars_are_chosen_or_written(client_of: ClientOf) -> None:
    client = client_of("participant")
    for text, _title in choices():
        assert year_of(calendar_of(text)) is not None
    page = client.get("/measures/calendar-year/?calendar=%7Bstarts%3A+July%7D&year=2026").content.decode()
    assert "2025-07-01" in page
    own = "/measures/calendar-year/?written=quarters:+[2026-01-01,+2026-03-15]%0Aends:+2026-06-01"
    assert "2026-03-15" in client.get(own).content.decode()
    assert "no calendar yet" in client.get("/measures/calendar-year/?written={starts:+Juli}").content.decode()
    assert "no calendar yet" in client.get("/measures/calendar-year/?written=January").content.decode()


@pytest.mark.parametrize(
    "calendar", ["{years: [0001-01-01], ends: 9999-12-31}", "{months: [0001-01-01], ends: 9999-12-31}"]
)
def test_a_calendar_of_thousands_of_years_is_not_laid_out(client_of: ClientOf, calendar: str) -> None:
    page = client_of("participant").get("/measures/bookings/values/", {"calendar": calendar, "year": "9999"})
    assert "too many days" in page.content.decode()


def test_years_of_long_ago_are_calculated(client_of: ClientOf) -> None:
    address = {"calendar": "{years: [0001-01-01], ends: 0002-01-01}"}
    for page in ("/measures/calendar-year/", "/measures/bookings/values/"):
        assert client_of("participant").get(page, address).status_code == 200


def test_programs_read_measures_and_values(api_of: Callable[..., Client]) -> None:
    program = api_of("manager")
    names = {one["name"] for one in program.get("/api/v1/measures").json()["items"]}
    assert {"bookings", "large_orders"} <= names
    one = program.get("/api/v1/measures/large_orders").json()
    assert one["definition"] == {"title": "Large orders", "count": "orders", "where": "amount >= 100"}
    found = program.get("/api/v1/measures/bookings/values?period=2026&every=year").json()
    assert {line["key"]: line["values"] for line in found["items"]}["adam"] == {"2026-01-01": "175.75"}
    assert program.get("/api/v1/measures/nothing/values").status_code == 404
    assert program.get("/api/v1/measures/bookings/values?period=never").status_code == 422
