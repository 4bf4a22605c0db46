"""What is wrong with a measure's formulas and crediting rules, over declared columns or those that the data has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attain.columns import RELATED_TO
from attain.credits.rules import CreditRule, Related
from attain.errors import Fault
from attain.expressions import FormulaError, ValueType, names_in, parse
from attain.measures.measure import Measure
from attain.tables import TABLES, columns_for_measures, reached

_TYPES: dict[str, ValueType] = {"text": "text", "date": "date", "decimal": "number", "integer": "number"}


def check_measure(
    name: str, measures: Mapping[str, Measure], columns: Mapping[str, ValueType] | None = None
) -> list[Fault]:
    """Faults of a measure's formulas over the ``columns`` that the data has.

    Without data the declared columns are checked, and any further name may be an attribute of any type.
    """
    measure = measures[name]
    if not measure.table:
        return []
    formulas: list[tuple[str, str | None, ValueType | None]] = [
        ("", measure.where, "flag"),
        ("", measure.sum or measure.average, "number"),
        ("", measure.count_distinct, None),
        *((f", rule '{rule.name}'", rule.where, "flag") for rule in measure.credits),
    ]
    types = dict(columns) if columns is not None else _open_types(measure)
    faults = [
        fault
        for where, text, wanted in formulas
        if text
        for fault in _formula_faults(f"measure {name}{where}", text, types, measure.table, wanted)
    ]
    places: list[tuple[str, ValueType]] = [(measure.date_column, "date"), (measure.credited, "text")]
    for column, kind in (*places, *((rule.path, "text") for rule in measure.credits)):
        if types.get(column) not in (kind, "null"):
            known = ", ".join(one for one, found in types.items() if found == kind and "." not in one)
            told = f"measure {name}: '{column}' is no {kind} column of {measure.table}"
            faults.append(Fault(check="formula", message=told, advice=f"Those are {known}."))
    return [*faults, *(fault for rule in measure.credits for fault in _rule_faults(name, measure.table, rule))]


def _rule_faults(name: str, table: str, rule: CreditRule) -> Iterator[Fault]:
    """A rule by a relationship to what no relationship can be to."""
    if isinstance(rule.to, Related) and (reached(table, f"{rule.path}.key") or ("",))[0] not in RELATED_TO:
        yield Fault(
            check="formula",
            message=f"measure {name}, rule '{rule.name}': '{rule.path}' refers to nothing that somebody is related to",
            advice=f"Name a column that refers to one of {', '.join(RELATED_TO)}, such as account.",
        )


def _formula_faults(
    who: str, text: str, types: Mapping[str, ValueType], of: str, wanted: ValueType | None
) -> list[Fault]:
    try:
        parse(text, types, of=of, wanted=wanted)
    except FormulaError as error:
        return [Fault(check="formula", message=f"{who}: {error.message}", advice=error.advice)]
    return []


def _open_types(measure: Measure) -> dict[str, ValueType]:
    """The declared columns' types, and "null" (goes with any) for every other name that the measure uses.

    A path is known where each of its steps refers to something; the last may be an attribute of that.
    """
    table = measure.table or ""
    texts = [name for rule in measure.credits for name in (rule.path, *names_in(rule.where or ""))]
    types: dict[str, ValueType] = {}
    for name in {*measure.names, *texts}:
        if found := reached(table, name):
            column = TABLES[found[0]].column(found[1]) if "." in name else None
            types[name] = _TYPES[column.type] if column else "null"
    return types | {column.name: _TYPES[column.type] for column in columns_for_measures(table).values()}
