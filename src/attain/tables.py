"""The tables Attain reads: what one row is, its key, its columns, and what each column refers to."""

from __future__ import annotations

from datetime import date

from attain.columns import FACTS, RELATED_TO, SPLIT_KINDS, Column, Table

MAX_DIGITS = 9
"""Digits after the point that a number in the data may have; more is a fault, never a silent rounding."""


CURRENCY_CODE = "[A-Z]{3}"
"""How a currency is written: its ISO 4217 code."""

EVER, NEVER = date(1, 1, 1), date(9999, 12, 31)
"""What stands for an empty start and an empty end of a version."""


def _text(
    name: str,
    meaning: str,
    *,
    required: bool = False,
    refers_to: str | None = None,
    choices: tuple[str, ...] = (),
) -> Column:
    return Column(name, "text", meaning, required, refers_to, choices=choices)


def _owner(meaning: str = "who owns the row and is credited") -> Column:
    return Column("participant", "text", meaning, refers_to="participants", told_when_empty=True)


_START = Column("start", "date", "first day this version holds; empty: since ever")
_END = Column("end", "date", "first day it no longer holds (exclusive); empty: until further notice")
_CURRENCY = _text("currency", "ISO 4217 code of the amounts in the row; empty: the plan's currency")
_ACCOUNT = _text("account", "customer", refers_to="accounts")
_CUSTOMER = Column("account", "text", "customer", refers_to="accounts", told_when_empty=True)
_TERRITORY = _text("territory", "territory of the row", refers_to="territories")
_OPPORTUNITY = _text("opportunity", "opportunity it belongs to", refers_to="opportunities")

_TABLES = (
    Table(
        "participants",
        "one row per participant and version of what is known about them",
        ("participant", "start"),
        (
            _text("participant", "key of the person or seat that can be paid", required=True),
            _text("name", "name as people write it"),
            _text("title", "title, by which plans are given"),
            _text("team", "team, as people call it"),
            _text(
                "territory",
                "territory; where coverage has dated rows for the participant, those count instead",
                refers_to="territories",
            ),
            _START,
            _END,
        ),
        versions_of=("participant",),
    ),
    Table(
        "reporting_lines",
        "one row per participant, manager and the time the one reported to the other",
        ("participant", "start"),
        (
            _text("participant", "who reports", required=True, refers_to="participants"),
            _text("manager", "to whom; empty: to nobody", refers_to="participants"),
            _START,
            _END,
        ),
        versions_of=("participant",),
    ),
    Table(
        "territories",
        "one row per territory",
        ("territory",),
        (_text("territory", "key", required=True), _text("name", "name"), _text("region", "group of territories")),
    ),
    Table(
        "coverage",
        "one row per participant, territory and the time the one covered the other",
        ("participant", "start"),
        (
            _text("participant", "who covers", required=True, refers_to="participants"),
            _text("territory", "what is covered", required=True, refers_to="territories"),
            _START,
            _END,
        ),
        versions_of=("participant",),
    ),
    Table(
        "exchange_rates",
        "one row per pair of currencies and the time in which the one is worth so much of the other",
        ("currency", "to_currency", "start"),
        (
            _text("currency", "ISO 4217 code of what is converted", required=True),
            _text("to_currency", "ISO 4217 code of what it is converted to", required=True),
            Column("rate", "decimal", "what one unit of currency is worth in to_currency", required=True),
            _START,
            _END,
        ),
        versions_of=("currency", "to_currency"),
    ),
    Table(
        "accounts",
        "one row per customer",
        ("account",),
        (
            _text("account", "key", required=True),
            _text("name", "name"),
            _text("industry", "industry"),
            _TERRITORY,
            _text("participant", "who owns the account", refers_to="participants"),
        ),
    ),
    Table(
        "products",
        "one row per product",
        ("product",),
        (
            _text("product", "key", required=True),
            _text("name", "name"),
            _text("family", "group of products"),
            Column("list_price", "decimal", "price per unit before discount"),
        ),
    ),
    Table(
        "leads",
        "one row per lead",
        ("lead",),
        (
            _text("lead", "key", required=True),
            _owner(),
            Column("created_date", "date", "day the lead came in"),
            _text("source", "where it came from"),
            _text("status", "new, working, qualified, disqualified"),
            Column("converted_date", "date", "day it became an opportunity; empty: it has not"),
            _OPPORTUNITY,
        ),
        is_fact=True,
    ),
    Table(
        "opportunities",
        "one row per opportunity as it stands now",
        ("opportunity",),
        (
            _text("opportunity", "key", required=True),
            _owner(),
            _CUSTOMER,
            _text("product", "main product", refers_to="products"),
            _TERRITORY,
            _text("stage", "stage; 'won' and 'lost' are closed", required=True),
            Column("amount", "decimal", "amount, in the row's currency"),
            _CURRENCY,
            Column("created_date", "date", "day it was opened"),
            Column("close_date", "date", "day it was won or lost, or is expected to be"),
        ),
        is_fact=True,
    ),
    Table(
        "stage_history",
        "one row per opportunity and stage entered",
        ("opportunity", "date", "stage"),
        (
            _text("opportunity", "opportunity", required=True, refers_to="opportunities"),
            _text("stage", "stage entered", required=True),
            Column("date", "date", "day it was entered", required=True),
        ),
        parent="opportunities",
        is_fact=True,
    ),
    Table(
        "activities",
        "one row per call, e-mail, meeting, demo or task",
        ("activity",),
        (
            _text("activity", "key", required=True),
            _owner("who did it and is credited"),
            _text("kind", "call, email, meeting, demo or task", required=True),
            Column("date", "date", "day it was done"),
            _ACCOUNT,
            _OPPORTUNITY,
        ),
        is_fact=True,
    ),
    Table(
        "orders",
        "one row per order",
        ("order",),
        (
            _text("order", "key", required=True),
            _owner(),
            _CUSTOMER,
            _TERRITORY,
            _OPPORTUNITY,
            Column("date", "date", "day of the order", required=True),
            Column("amount", "decimal", "amount without tax and freight", required=True),
            Column("cost", "decimal", "cost of what was sold"),
            _CURRENCY,
        ),
        is_fact=True,
    ),
    Table(
        "order_lines",
        "one row per line of an order",
        ("order", "line"),
        (
            _text("order", "order", required=True, refers_to="orders"),
            _text("line", "number of the line in its order", required=True),
            _text("product", "what was sold", refers_to="products"),
            Column("quantity", "decimal", "units"),
            Column("amount", "decimal", "amount of the line, in the order's currency", required=True),
            Column("cost", "decimal", "cost of the line"),
        ),
        parent="orders",
        is_fact=True,
    ),
    Table(
        "objectives",
        "one row per objective that somebody was given, with the score it was given in the end",
        ("objective",),
        (
            _text("objective", "key", required=True),
            _owner("whose objective it is"),
            _text("name", "what is to be achieved"),
            Column("date", "date", "day on which it is due, and counts", required=True),
            Column("weight", "decimal", "part of all of one's objectives: 0.4", required=True),
            Column("score", "decimal", "part of it that was achieved: 0.9; empty: not scored yet"),
            _text("approver", "who approved the score; empty: nobody yet"),
        ),
        is_fact=True,
    ),
    Table(
        "splits",
        "one row per fact, participant who shares in it and kind of split; shares of the revenue total 100",
        ("fact_table", "fact", "participant", "kind"),
        (
            _text("fact_table", "table of the fact, for example orders", required=True),
            _text("fact", "key of the fact", required=True),
            _text("participant", "who shares", required=True, refers_to="participants"),
            Column("share", "decimal", "per cent of the credit, or with payout of the pay", required=True),
            _text(
                "kind",
                "revenue (also when empty), overlay: credit beside it, or payout: of the pay alone",
                choices=SPLIT_KINDS,
            ),
        ),
    ),
    Table(
        "relationships",
        "one row per participant, relation, what they stand in it to, and the time they did",
        ("participant", "relation", "of_table", "of", "start"),
        (
            _text("participant", "who stands in the relation", required=True, refers_to="participants"),
            _text("relation", "name of the relation: specialist, account manager", required=True),
            _text("of_table", "table of what it is to", required=True, choices=RELATED_TO),
            _text("of", "its key", required=True),
            Column("share", "decimal", "per cent of a credit that goes this way; empty: 100"),
            _START,
            _END,
        ),
        versions_of=("participant", "relation", "of_table", "of"),
    ),
    Table(
        "quotas",
        "one row per participant, measure and period",
        ("participant", "measure", "start", "end"),
        (
            _text("participant", "whose quota; for a team, its manager", required=True, refers_to="participants"),
            _text("measure", "name of the measure", required=True),
            Column("start", "date", "first day of the period", required=True),
            Column("end", "date", "day after the last; empty: the plan's period that begins on start"),
            Column("quota", "decimal", "quota, in the measure's unit", required=True),
            _CURRENCY,
        ),
    ),
    Table(
        "quota_adjustments",
        "one row per amount that was added to somebody's quota, or taken from it: relief, an amendment",
        ("adjustment",),
        (
            _text("adjustment", "key", required=True),
            _text("participant", "whose quota", required=True, refers_to="participants"),
            _text("measure", "name of the measure", required=True),
            Column("start", "date", "first day of what it is for", required=True),
            Column("end", "date", "day after the last; it counts in periods that hold all of it", required=True),
            Column("amount", "decimal", "in the measure's unit, negative to take from the quota", required=True),
            _text("reason", "reason code", required=True),
            _text("approver", "who approved it", required=True),
        ),
    ),
    Table(
        "assignments",
        "one row per participant, plan and the time they are on it, for plans that say 'participants: assigned'",
        ("participant", "plan", "start"),
        (
            _text("participant", "who is on the plan", required=True, refers_to="participants"),
            _text("plan", "name of the plan", required=True),
            _START,
            _END,
        ),
        versions_of=("participant", "plan"),
    ),
    Table(
        "adjustments",
        "one row per amount that somebody added to a participant's pay, or took from it, by hand",
        ("adjustment",),
        (
            _text("adjustment", "key", required=True),
            _text("participant", "whose pay", required=True, refers_to="participants"),
            _text("plan", "name of the plan that it is paid with", required=True),
            Column("date", "date", "day; it is paid with the period of payment that holds it", required=True),
            Column("amount", "decimal", "amount, negative to take from pay", required=True),
            _text("reason", "reason code", required=True),
            _text("approver", "who approved it", required=True),
            _text("fact", "key of the order or deal that it is about"),
        ),
    ),
    Table(
        "paid",
        "one row per amount that was paid for a period that is closed, deal by deal where that is known",
        ("participant", "plan", "period_start", "component", "fact"),
        (
            _text("participant", "who was paid", required=True, refers_to="participants"),
            _text("plan", "name of the plan that it was paid by", required=True),
            Column("period_start", "date", "first day of the period of payment", required=True),
            Column("period_end", "date", "day after the last", required=True),
            _text("component", "component that earned it; empty: not of one alone"),
            _text("fact", "key of the order or deal that it was paid for; empty: not of one alone"),
            Column("amount", "decimal", "amount, in the plan's currency", required=True),
        ),
    ),
    Table(
        "holds",
        "one row per amount that is not paid before somebody releases it: of a fact, or a part of it",
        ("hold",),
        (
            _text("hold", "key", required=True),
            _text("fact_table", "table of the fact", required=True, choices=FACTS),
            _text("fact", "key of the fact", required=True),
            _text("participant", "whose pay; empty: everybody's who is paid for it", refers_to="participants"),
            Column("share", "decimal", "per cent of the pay that is held; empty: all of it"),
            Column("released", "date", "day; it is paid with the period of payment that holds it; empty: still held"),
            _text("reason", "reason code", required=True),
            _text("approver", "who approved it", required=True),
        ),
    ),
    Table(
        "cancellations",
        "one row per fact and day on which it was cancelled, or a part of it, after it was credited",
        ("fact_table", "fact", "date"),
        (
            _text("fact_table", "table of the fact", required=True, choices=FACTS),
            _text("fact", "key of the fact", required=True),
            Column("date", "date", "day it was cancelled", required=True),
            Column("share", "decimal", "per cent of it that was cancelled; empty: all of it"),
            Column("served", "decimal", "months that were served; empty: the whole months since the fact's day"),
            Column("term", "decimal", "months that it was sold for; empty: as the plan says"),
        ),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}
"""Every table by its name, in the order in which they refer to one another."""


def columns_for_measures(name: str) -> dict[str, Column]:
    """The columns a measure over this table may use, by name: its own and, behind them, its parent's."""
    table = TABLES[name]
    inherited = columns_for_measures(table.parent) if table.parent else {}
    return {**inherited, **{column.name: column for column in table.columns}}


def reached(name: str, path: str) -> tuple[str, str] | None:
    """The table and the column that a path from a table leads to: ``account.industry`` from orders is in accounts.

    Each part but the last is a column that refers to a table of no facts. None where the path leads nowhere, or where
    the column is no declared one of a table that it leads to is left to the caller.
    """
    *steps, column = path.split(".")
    for step in steps:
        held = columns_for_measures(name).get(step)
        if held is None or held.refers_to is None or TABLES[held.refers_to].is_fact:
            return None
        name = held.refers_to
    return name, column


def money_columns(name: str) -> tuple[str, ...]:
    """The columns of a table that hold money in the row's (or its parent's) currency."""
    if "currency" not in columns_for_measures(name):
        return ()
    return tuple(c.name for c in TABLES[name].columns if c.type == "decimal" and c.name in {"amount", "cost"})
