"""Writing rows: by whom, with one event each, and what is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404

from attain_web.access.models import AuditEvent
from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.crm.models import Order
from attain_web.people.models import ReportingLine
from attain_web.rows.services import save_row
from attain_web.rows.table import row_tables

ViewerOf = Callable[[str], Viewer]
NO_NUMBERS = ("0042", "01234", "1_000", "١٢", "1e3", "+5", ".5", "5.", "NaN", "0.1234567890", "1" * 30)
NO_DAYS = ("soon", "20260131", "2026-W05-1", "2026-02-30", "٢٠٢٦-01-31")
NEW = {"order": "O-new", "participant": "alice", "date": date(2026, 3, 3), "amount": Decimal("12.30")}


def test_a_row_is_made_with_one_event(viewer_of: ViewerOf) -> None:
    before = AuditEvent.objects.count()
    row = save_row(row_tables()["orders"], viewer_of("participant"), NEW)
    assert Order.objects.get(order="O-new").amount == Decimal("12.30")
    (event,) = AuditEvent.objects.filter(number__gt=before)
    assert (event.action, event.subject) == ("orders.make", f"orders/{row.pk}")
    assert event.details["amount"] == [None, "12.30"]


def test_a_change_of_nothing_is_no_event(everyone: Any, viewer_of: ViewerOf) -> None:
    before = AuditEvent.objects.count()
    save_row(row_tables()["orders"], viewer_of("operations"), {"currency": "EUR"}, row=everyone.row("orders", "alice"))
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize(
    ("who", "values", "raised"),
    [
        ("auditor", NEW, NotAllowedError),
        ("administrator", NEW, Http404),
        ("charlie", NEW, NotAllowedError),  # for somebody else
        ("dan", NEW, NotAllowedError),  # Alice is not his any more
        ("participant", {**NEW, "participant": "nobody"}, ValidationError),
        ("participant", {**NEW, "order": "O-alice"}, ValidationError),
        ("participant", {**NEW, "order": ""}, ValidationError),
        ("participant", {**NEW, "currency": "Dollars"}, ValidationError),
        ("participant", {**NEW, "currency": "usd"}, ValidationError),
        ("participant", {**NEW, "order": "  "}, ValidationError),
    ],
)
def test_what_is_refused_changes_nothing(
    viewer_of: ViewerOf, who: str, values: dict[str, Any], raised: type[Exception]
) -> None:
    before = (Order.objects.count(), AuditEvent.objects.count())
    with pytest.raises(raised):
        save_row(row_tables()["orders"], viewer_of(who), values)
    assert (Order.objects.count(), AuditEvent.objects.count()) == before


def test_a_row_is_not_given_away_to_whom_one_may_not_write(everyone: Any, viewer_of: ViewerOf) -> None:
    with pytest.raises(NotAllowedError):
        save_row(
            row_tables()["orders"],
            viewer_of("participant"),
            {"participant": "charlie"},
            row=everyone.row("orders", "alice"),
        )
    assert Order.objects.get(order="O-alice").participant_id == "alice"


def test_somebody_elses_row_is_not_changed(everyone: Any, viewer_of: ViewerOf) -> None:
    with pytest.raises(NotAllowedError):
        save_row(
            row_tables()["orders"], viewer_of("charlie"), {"amount": Decimal(1)}, row=everyone.row("orders", "alice")
        )


def test_two_managers_on_a_day_are_refused_in_words(viewer_of: ViewerOf) -> None:
    values = {"participant": "alice", "manager": "bea", "start": date(2026, 1, 1)}
    with pytest.raises(ValidationError) as refused:
        save_row(row_tables()["reporting_lines"], viewer_of("operations"), values)
    assert "attain_key" not in str(refused.value)
    assert "constraint" not in str(refused.value).lower()
    assert ReportingLine.objects.filter(participant_id="alice").count() == 2


def test_nobody_writes_over_what_they_have_not_seen(everyone: Any, viewer_of: ViewerOf) -> None:
    orders, row = row_tables()["orders"], everyone.row("orders", "alice")
    seen = Order.objects.get(pk=row.pk).changed_at
    save_row(orders, viewer_of("operations"), {"amount": Decimal(1)}, row=Order.objects.get(pk=row.pk))
    with pytest.raises(ValidationError, match="Somebody changed this row"):
        save_row(orders, viewer_of("manager"), {"amount": Decimal(2)}, row=Order.objects.get(pk=row.pk), seen=seen)
    assert Order.objects.get(pk=row.pk).amount == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"seats": "12"}, {"seats": 12}),
        ({"seats": "12.50"}, {"seats": 12.5}),
        ({"seats": ""}, {"seats": None}),
        ({"paid": "True"}, {"paid": True}),
        ({"since": "2026-05-01"}, {"since": "2026-05-01"}),
        ({"code": "7"}, {"code": "7"}),
        ({"mixed": "nine"}, {"mixed": "nine"}),
        ({"new": "7", "zip": "0123", "said": " a"}, {"new": 7, "zip": "0123", "said": " a"}),
        ({"seats": " 7 ", "since": " 2026-05-01 "}, {"seats": 7, "since": "2026-05-01"}),
        ({"seats": "-0.123456789"}, {"seats": -0.123456789}),
        ({"seats": "9" * 29}, {"seats": int("9" * 29)}),
        ({"code": "", "new": "", "paid": None}, {"code": None, "new": None, "paid": None}),
        ({"mixed": "12", "code": "0042"}, {"mixed": 12, "code": "0042"}),
        *(({"mixed": text, "new": text}, {"mixed": text, "new": text}) for text in NO_NUMBERS),
        ({"seats": 7, "paid": True, "new": 1.5, "flag": False}, {"seats": 7, "paid": True, "new": 1.5, "flag": False}),
        ({"code": 7, "mixed": True}, {"code": "7", "mixed": "true"}),
        ({"code": 1e22, "new": 0.12345678901}, {"code": "1" + "0" * 22, "new": "0.12345678901"}),
        ({"seats": "x"}, "“seats” is a number with at most 9 digits behind the point in every other row"),
        *(({"seats": text}, "is a number with at most 9 digits") for text in NO_NUMBERS),
        ({"seats": 0.12345678901}, "is a number with at most 9 digits"),
        ({"seats": True}, "is a number"),
        ({"paid": 1}, "is true or false"),
        ({"paid": "maybe"}, "is true or false"),
        *(({"since": text}, "is a date") for text in NO_DAYS),
    ],
)
def test_an_attribute_stays_of_the_kind_that_it_is_elsewhere(
    viewer_of: ViewerOf, given: dict[str, Any], kept: dict[str, Any] | str
) -> None:
    told = {"seats": 3, "paid": False, "since": "2026-01-31", "code": "A7", "mixed": "eight"}
    Order.objects.filter(order="O-ann").update(attributes=told)
    Order.objects.filter(order="O-adam").update(attributes={"mixed": 8})
    assert Order.objects.get(order="O-adam").pk > Order.objects.get(order="O-ann").pk  # the newest is a number
    row = Order.objects.get(order="O-alice")
    if isinstance(kept, str):
        with pytest.raises(ValidationError, match=kept):
            save_row(row_tables()["orders"], viewer_of("participant"), {"attributes": given}, row=row)
    else:
        save_row(row_tables()["orders"], viewer_of("participant"), {"attributes": given}, row=row)
        saved = Order.objects.get(order="O-alice").attributes
        assert [(name, type(value), value) for name, value in saved.items()] == [
            (name, type(value), value) for name, value in sorted(kept.items(), key=lambda one: (len(one[0]), one[0]))
        ]


def test_an_attribute_that_reads_as_before_stays(viewer_of: ViewerOf) -> None:
    Order.objects.filter(order="O-ann").update(attributes={"seats": "many"})
    Order.objects.filter(order="O-alice").update(attributes={"seats": 4})
    row = Order.objects.get(order="O-alice")
    given = {"amount": Decimal(7), "attributes": {"seats": "4"}}
    assert save_row(row_tables()["orders"], viewer_of("participant"), given, row=row).attributes == {"seats": 4}


@pytest.mark.parametrize(
    ("given", "kept"),
    [({}, {"a": 1, "b": "x"}), ({"b": "y"}, {"a": 1, "b": "y"}), ({"a": None}, {"a": None, "b": "x"})],
)
def test_attributes_that_are_not_named_stay(viewer_of: ViewerOf, given: dict[str, Any], kept: dict[str, Any]) -> None:
    Order.objects.filter(order="O-alice").update(attributes={"a": 1, "b": "x"})
    row = Order.objects.get(order="O-alice")
    saved = save_row(row_tables()["orders"], viewer_of("participant"), {"attributes": given}, row=row)
    assert saved.attributes == kept
