"""Currencies: what is converted to the plan's by dated rates, and which rows no rate converts."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from attain import money
from attain.credits.facts import Conversion, held_on
from attain.engines.engine import Engine, Step, template
from attain.errors import Fault
from attain.measures.compile import Compiler
from attain.measures.measure import unit_of
from attain.plans.document import CheckedPlan
from attain.plans.faults import measures_read
from attain.sources.severities import FEW, fault, few
from attain.tables import TABLES, columns_for_measures


def conversion_of(checked: CheckedPlan, engine: Engine) -> Conversion | None:
    """How money becomes that of the plan; None where the data has no rates into its currency."""
    currency = checked.plan.currency
    query = template("SELECT 1 AS one FROM exchange_rates WHERE to_currency = :known LIMIT 1", known=currency)
    if not engine.rows(query):
        return None
    return Conversion(currency, checked.plan.money_rounding(), engine.columns("exchange_rates")["rate"].scale)


def converted_quotas(engine: Engine, conversion: Conversion) -> Iterator[Step]:
    """The steps that put quotas in the plan's currency, at the rate of each one's first day; without one it is none."""
    columns = engine.columns("quotas")
    quota = money.Exact(exp.column("quota", table="q"), columns["quota"].scale)
    rate = money.column("rate", conversion.rate_scale, table="x")
    currency, known = exp.column("currency", table="q"), exp.Literal.string(conversion.currency)
    own = exp.or_(exp.Is(this=currency, expression=exp.Null()), exp.EQ(this=currency.copy(), expression=known))
    value = money.choose([(own, quota)], money.rounded(money.product(quota, rate), conversion.rounding))
    others = ", ".join(f'q."{name}"' for name in columns if name not in ("quota", "currency"))
    day = exp.column("start", table="q", quoted=True)
    query = template(
        f"SELECT {others}, :value AS quota, CAST(:own AS TEXT) AS currency FROM quotas AS q "
        "LEFT JOIN exchange_rates AS x ON x.currency = q.currency AND x.to_currency = :own "
        f"AND {held_on('x', day, is_open=True)} WHERE q.currency IS NULL OR q.currency = :own OR NOT x.rate IS NULL",
        value=value.tree,
        own=known,
    )
    yield Step("quotas_converted", query, f"quotas in {conversion.currency}")
    yield Step("quotas", template("SELECT * FROM quotas_converted"), "the same", is_stored=False)


def currency_faults(checked: CheckedPlan, engine: Engine) -> list[Fault]:
    """Rows in a currency that the plan does not know, in the tables from which it adds up money."""
    tables = {
        checked.measures[name].table or ""
        for name in measures_read(checked)
        if checked.measures[name].table and unit_of(name, checked.measures) == "money"
    }
    own = sorted({TABLES[name].parent or name for name in tables} | {"quotas"})
    known = checked.plan.currency
    faults = []
    for name in own:
        if "currency" not in columns_for_measures(name):
            continue
        rows = engine.rows(
            template(
                f'SELECT t.currency, COUNT(*) AS rows FROM "{name}" AS t WHERE t.currency <> :known AND NOT EXISTS '
                "(SELECT 1 FROM exchange_rates AS x WHERE x.currency = t.currency AND x.to_currency = :known) "
                "GROUP BY 1 ORDER BY 1",
                known=exp.Literal.string(known),
            )
        )
        for row in rows:
            which = _first_keys(engine, name, row["currency"])
            faults.append(
                fault(
                    "unknown-currency",
                    table=name,
                    column="currency",
                    value=row["currency"],
                    rows=row["rows"],
                    message=f"the plan is in {known} and knows no {row['currency']}, as in {which}",
                    expected=known,
                    advice=f"Add rates from {row['currency']} to {known} to exchange_rates, or convert the amounts.",
                )
            )
    return faults


def _first_keys(engine: Engine, table: str, currency: str) -> str:
    """The keys of the first rows in a currency, in words."""
    key = TABLES[table].key[0]
    rows = engine.rows(
        template(
            f'SELECT "{key}" AS key FROM "{table}" WHERE currency = :currency ORDER BY 1 LIMIT {FEW + 1}',
            currency=exp.Literal.string(currency),
        )
    )
    return few([str(row["key"]) for row in rows])


def missing_rates(engine: Engine, compiler: Compiler) -> Iterator[Fault]:
    """Facts on the engine's ``days`` that do not count, as there is no rate for their currency on their day."""
    for name, measure in compiler.measures.items():
        unconvertible = compiler.unconvertible(measure) if measure.table else None
        if unconvertible is None or compiler.conversion is None:
            continue
        table = measure.table or ""
        rows = engine.rows(
            template(
                f'SELECT f."{TABLES[table].key[0]}" AS key, d.day AS day, :currency AS currency '
                f"FROM {compiler.source(measure)} JOIN days AS d ON d.day = :day WHERE :unconvertible ORDER BY 2, 1",
                day=compiler.date(measure),
                currency=compiler.place(table, "currency"),
                unconvertible=unconvertible,
            )
        )
        for currency in sorted({row["currency"] for row in rows}):
            keys = [str(row["key"]) for row in rows if row["currency"] == currency]
            first = next(row["day"] for row in rows if row["currency"] == currency)
            yield fault(
                "missing-rate",
                table="exchange_rates",
                column="rate",
                value=currency,
                values=tuple(keys),
                rows=len(keys),
                message=f"no rate from {currency} to {compiler.conversion.currency} on {first}; {len(keys):,} of "
                f"{table} ({few(keys)}) do not count for {name}",
                advice="Add a rate for these days to exchange_rates.",
            )
