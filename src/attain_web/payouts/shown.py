"""Runs as pages show them: the list, tiles, reasons of differences, rows that changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attain.tables import TABLES
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.look.table import Cell, Grid, Header, cell, number, percent
from attain_web.payouts.comparing import comparison_of
from attain_web.payouts.lists import measure_title, names_of
from attain_web.payouts.models import Difference, Payout, Run
from attain_web.payouts.queries import replaced
from attain_web.rows.queries import today
from attain_web.rows.table import row_tables

BADGES = {
    "queued": "plain",
    "calculating": "note",
    "calculated": "note",
    "approved": "good",
    "rejected": "warn",
    "stopped": "plain",
    "failed": "bad",
}


def runs_grid(found: Iterable[Run], *, sees_pay: bool) -> Grid:
    """The list of runs."""
    headers = [Header(one) for one in (_("Run"), _("Plan"), _("Period"), _("State"), _("Started by"), _("Started"))]
    headers += [Header(_("Pay"), is_number=True), Header(_("People"), is_number=True)]
    return Grid(headers, [_run(one, sees_pay=sees_pay) for one in found], _("Runs, newest first"))


def _run(run: Run, *, sees_pay: bool) -> list[Cell]:
    return [
        Cell(f"{run.pk}", reverse("payouts:run", args=[run.pk])),
        Cell(run.version.plan.name, behind=f"v{run.version.number}"),
        Cell(run.period),
        Cell(str(run.get_state_display()), badge=BADGES[run.state]),
        Cell(starter(run)),
        cell(run.started_at),
        money(run, run.record.get("payouts")) if sees_pay else Cell(),
        cell(run.record.get("people")),
    ]


def starter(run: Run) -> str:
    """Who started a run."""
    return run.started_by.name if run.started_by else _("The schedule")


def in_short(run: Run) -> str:
    """State, version and who started it, in a line."""
    version = _("version %(number)s") % {"number": run.version.number}
    return f"{run.get_state_display()} · {version} · {starter(run)}"


def money(run: Run, amount: Any, url: str = "") -> Cell:
    """An amount in a run's currency."""
    if amount is None:
        return Cell()
    return cell(Decimal(amount), is_money=True, behind=run.record.get("currency", ""), url=url)


@dataclass(frozen=True)
class Tile:
    """A figure with its name, and where more is told."""

    icon: str
    title: str
    figure: str
    url: str = ""
    note: str = ""


def tiles(run: Run, *, sees_pay: bool) -> list[Tile]:
    """What a run found, in a few figures; the first is the pay."""
    record = run.record
    amount = number(Decimal(record.get("payouts", 0)), is_money=True)
    found = [
        Tile("order", _("Pay"), f"{amount} {record.get('currency', '')}", _of(run, "payouts")),
        Tile("people", _("People"), number(record.get("people", 0))),
    ]
    for one in record.get("attained", [])[:2]:
        quota = Decimal(one["quota"] or 0)
        share = percent(Decimal(one["value"] or 0) / quota) if quota else "–"
        note = _("%(reached)s of %(cells)s reached their quota") % {"reached": one["reached"], "cells": one["cells"]}
        url = _of(run, "attainment") + "?" + urlencode({"what": one["measure"]})
        found.append(Tile("quota", measure_title(run, one["measure"]), share, url, note))
    return found if sees_pay else found[1:]


def _of(run: Run, listing: str) -> str:
    return reverse(f"payouts:{listing}", args=[run.pk])


def components(run: Run) -> Grid:
    """Pay by component."""
    headers = [Header(_("Component")), Header(_("Earnings"), is_number=True), Header(_("Amount"), is_number=True)]
    rows = [
        [
            Cell(one["component"], _of(run, "earnings") + "?" + urlencode({"what": one["component"]})),
            cell(one["rows"]),
            money(run, one["amount"] or 0),
        ]
        for one in run.record.get("components", [])
    ]
    return Grid(headers, rows, _("Pay by component"))


@dataclass(frozen=True)
class Part:
    """What a kind of input changed of a run's pay as a whole."""

    title: str
    amount: str
    people: int
    url: str


@dataclass(frozen=True)
class Comparison:
    """What came of comparing a run with the one before; ``parts`` and ``rows`` once that is ``known``."""

    is_known: bool = False
    waits: bool = False
    missing: bool = False
    failed: str = ""
    parts: tuple[Part, ...] = ()
    rows: str = ""
    may_again: bool = False


def comparison(viewer: Viewer, run: Run) -> Comparison:
    """How comparing a run with the one before went, and how the pay differs as a whole."""
    told = comparison_of(run)
    counted = [f"{row_tables()[name].title} {number(rows)}" for name, rows in told.get("rows", {}).items()]
    return Comparison(
        is_known="reasons" in told,
        waits="waits" in told,
        missing="missing" in told,
        failed=told.get("failed", ""),
        parts=tuple(_parts(run)) if "reasons" in told else (),
        rows=" · ".join(counted),
        may_again=viewer.right(Area.RUNS).write == Reach.ALL,
    )


def doubts(run: Run, compared: Comparison) -> list[str]:
    """What somebody should know before they approve a run."""
    found = []
    if run.end and run.end > today():
        found.append(_("The period is not over yet: it ends on %(day)s.") % {"day": run.end - timedelta(days=1)})
    if warned := len(run.record.get("faults", [])):
        told = ngettext(
            "There is %(count)s warning about the data.", "There are %(count)s warnings about the data.", warned
        )
        found.append(told % {"count": warned})
    if told := replaces(run):
        found.append(told)
    if own := comparison_of(run).get("own"):
        told = ngettext(
            "%(count)s row behind the difference was written by the very person whose pay it changes.",
            "%(count)s rows behind the difference were written by the very people whose pay they change.",
            own,
        )
        found.append(told % {"count": own})
    if not run.previous_id:
        found.append(_("There is no earlier run to compare it with."))
    elif compared.waits:
        found.append(_("It is still being compared with the run before."))
    elif not compared.is_known:
        found.append(_("It could not be compared with the run before, so what has changed is not known."))
    return found


def replaces(run: Run) -> str:
    """What counts on a run's days already, and how much more the run pays; nothing where nobody was paid for them."""
    own = (
        Payout.objects.filter(run=run).values_list("currency").annotate(sum=Sum("amount")).order_by("currency").first()
    )
    paid = replaced(run).filter(currency=own[0]) if own else Payout.objects.none()
    before = paid.aggregate(sum=Sum("amount"))["sum"]
    if own is None or before is None:
        return ""
    runs = ", ".join(str(pk) for pk in sorted(set(paid.values_list("run", flat=True))))
    told = {"amount": number(before, is_money=True), "currency": own[0], "runs": runs}
    more = own[1] - before
    return _("It takes the place of %(amount)s %(currency)s, paid by run %(runs)s for these days: %(more)s.") % {
        **told,
        "more": signed(more) if more else _("the same in all"),
    }


def _parts(run: Run) -> list[Part]:
    """The difference to the run before, by reason."""
    rows = Difference.objects.filter(run=run).order_by().values("reason")
    sums = {one["reason"]: one for one in rows.annotate(sum=Sum("amount"), people=Count("participant"))}
    return [
        Part(str(reason.label), signed(sums[reason]["sum"]), sums[reason]["people"], f"?what={reason.value}")
        for reason in Difference.Reason
        if reason in sums
    ]


def signed(amount: Decimal) -> str:
    """An amount with its sign."""
    return f"{'+' if amount > 0 else ''}{number(amount, is_money=True)}"


_KINDS = {"came": "good", "went": "bad", "changed": "note"}


def changed_grid(viewer: Viewer, details: Mapping[str, Any]) -> Grid:
    """Rows that came, went or changed, each with its link where it may be seen."""
    words = {"came": _("New"), "went": _("Gone"), "changed": _("Changed")}
    names = names_of({one["of"] for one in details.get("rows", [])})
    headers = [Header(one) for one in (_("What"), _("Row"), _("Of"), _("Day"), _("How"), _("By"))]
    headers += [Header(_("Before"), is_number=True), Header(_("Now"), is_number=True)]
    rows = [
        [
            Cell(str(row_tables()[one["table"]].title)),
            Cell(" · ".join(one["key"].values()), _address(viewer, one)),
            Cell(names.get(one["of"], one["of"])),
            Cell(one["day"] or ""),
            Cell(words[one["kind"]], badge=_KINDS[one["kind"]]),
            Cell(one.get("by", ""), badge="warn" if one.get("own") else ""),
            value_cell(one["table"], one["before"]),
            value_cell(one["table"], one["after"]),
        ]
        for one in details.get("rows", [])
    ]
    return Grid(headers, rows, _("Rows that differ"))


def _address(viewer: Viewer, one: Mapping[str, Any]) -> str:
    """The list of a table with the one row in it, where the viewer reads the table and the row is there still."""
    table = row_tables()[one["table"]]
    if one["kind"] == "went" or not viewer.right(table.area).read:
        return ""
    return reverse("rows:list", args=[table.name]) + "?" + urlencode(one["key"])


def value_cell(table: str, text: str | None) -> Cell:
    """The value of a row that differs, as a comparison keeps it."""
    is_money = "currency" in row_tables()[table].columns
    try:
        return Cell() if text is None else cell(Decimal(text), is_money=is_money)
    except ArithmeticError:
        return Cell(text or "")


def inputs(run: Run) -> Grid:
    """The files that a run read: rows and fingerprint of each."""
    rows = run.record.get("rows_read", {})
    found = []
    for name, told in run.record.get("inputs", {}).items():
        table = name.removesuffix(".parquet")
        title = row_tables()[table].title if table in row_tables() else TABLES[table].grain
        found.append([Cell(str(title)), cell(rows.get(table)), Cell(told)])
    return Grid([Header(_("Table")), Header(_("Rows"), is_number=True), Header("SHA-256")], found, _("What it read"))
