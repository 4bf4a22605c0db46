"""What crediting rules leave open: facts that nobody is credited with, and facts that are credited more than whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from attain.credits.direct import fact_key
from attain.engines.engine import Engine, template
from attain.errors import Fault
from attain.measures.compile import Compiler, credits_step
from attain.measures.measure import Measure
from attain.sources.severities import fault, few
from attain.tables import TABLES


def credit_faults(engine: Engine, compiler: Compiler) -> Iterator[Fault]:
    """Facts on the engine's ``days`` that count for a measure with rules, and that these credit to nobody or twice."""
    for name, measure in compiler.measures.items():
        if not measure.credits:
            continue
        table = measure.table or ""
        given = template(
            f'SELECT c.fact, SUM(c.share) AS share FROM "{credits_step(name)}" AS c '
            "WHERE c.kind <> 'overlay' GROUP BY 1"
        )
        open_facts = engine.rows(_uncredited(compiler, measure, given))
        if open_facts:
            yield fault(
                "uncredited",
                **_facts(name, table, open_facts, "credited to nobody: no rule finds somebody"),
                advice="Add a rule for them, a last one to the owner, or what the rules look for.",
            )
        twice = engine.rows(template("SELECT g.fact FROM given AS g WHERE g.share > 100 ORDER BY 1", given=given))
        if twice:
            yield fault(
                "credited-twice",
                **_facts(name, table, twice, "credited more than whole: a rule finds several"),
                advice="Give the relationships shares, end what overlaps, or say 'overlay: true' where it is meant so.",
            )


def _facts(name: str, table: str, rows: list[dict[str, Any]], what: str) -> dict[str, Any]:
    keys = tuple(row["fact"] for row in rows)
    message = f"{len(keys):,} of {table} that count for {name} ({few(keys)}) {'is' if len(keys) == 1 else 'are'} {what}"
    return {"table": table, "value": keys[0], "values": keys, "rows": len(keys), "message": message}


def _uncredited(compiler: Compiler, measure: Measure, given: exp.Query) -> exp.Query:
    """The facts that count and that no rule credits, by key."""
    fact = fact_key(TABLES[measure.table or ""])
    return template(
        f"SELECT :fact AS fact FROM {compiler.source(measure)} JOIN days AS d ON d.day = :day "
        f"LEFT JOIN given AS g ON g.fact = :fact WHERE g.fact IS NULL AND :counts ORDER BY 1",
        fact=fact,
        day=compiler.date(measure),
        given=given,
        counts=exp.and_(exp.true(), *compiler.counts(measure)),
    )
