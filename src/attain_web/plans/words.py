"""What may be written in a plan, for whoever writes one: keys by where they stand, measures, columns, and kinds."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel

from attain.credits.rules import CreditRule
from attain.measures.measure import Measure
from attain.parts import parts_in, sentence
from attain.plans.dimensions import Dimension
from attain.plans.document import COMPONENTS, ComponentSpec, Example, Plan, component_parts
from attain.plans.factors import Gate, Multiplier
from attain.plans.payment import Clawback, Draw, Hold, Holdback, Maximum, Minimum, Payment, Recovery
from attain.plans.pool import Pool
from attain.plans.proration import Proration, Ramp
from attain_web.measures.queries import known_measures
from attain_web.plans.data import columns_of_people

Word = dict[str, str]


def words() -> dict[str, list[Word]]:
    """Words with what they mean, by what they complete: a key of a part of the plan, or the value of a key."""
    return {
        **_fixed(),
        "measure": [_word(name, one.title or _told(one)) for name, one in sorted(known_measures().items())],
        "column": [_word(name, str(info.type)) for name, info in columns_of_people().items() if name not in _DATES],
    }


_DATES = ("start", "end")
_PARTS: dict[str, type[BaseModel]] = {
    "gate": Gate,
    "multiplier": Multiplier,
    "by": Dimension,
    "pool": Pool,
    "measures": Measure,
    "credits": CreditRule,
    "payment": Payment,
    "clawbacks": Clawback,
    "holds": Hold,
    "maximums": Maximum,
    "holdbacks": Holdback,
    "draws": Draw,
    "recovery": Recovery,
    "minimum": Minimum,
    "proration": Proration,
    "ramp": Ramp,
    "examples": Example,
}
"""The parts of a plan by the key that they stand under."""


@cache
def _fixed() -> dict[str, list[Word]]:
    parts = parts_in(COMPONENTS)
    settings: dict[str, str] = {}
    for part in component_parts().values():
        settings |= _keys(part.params)
    rows = {name: model for part in component_parts().values() for name, model in _rows(part.params)}
    return {
        **{f"key {name}": _listed(_keys(model)) for name, model in rows.items()},
        "key": _listed(_keys(Plan)),
        "key components": _listed(_keys(ComponentSpec) | settings),
        **{f"key {name}": _listed(_keys(model)) for name, model in _PARTS.items()},
        "key attainment": _listed({"measure": "", "every": "", "quota": ""}),
        "pays": [_word(name, sentence(module).rstrip(".")) for name, module in parts.items()],
        "every": [_word(one) for one in ("month", "quarter", "year")],
        "quota": [
            _word("own", "the participant's own"),
            _word("sum of reports", "of everyone below; for measures that are rollups"),
        ],
        "participants": [_word("assigned", "as the table of assignments says")],
        "boundary": [_word("upper"), _word("lower")],
        "beyond": [_word("flat"), _word("rising")],
        "processing": [_word("period"), _word("deal_by_deal")],
    }


def _told(measure: Measure) -> str:
    return measure.kind.replace("_", " ")


def _keys(model: type[BaseModel]) -> dict[str, str]:
    """The keys of a part of the plan, each with what it means, or which words it takes."""
    return {
        field.alias or name: field.description or " or ".join(_choices(field.annotation))
        for name, field in model.model_fields.items()
    }


def _rows(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """The settings of a component that are lists, each with what a row of it is."""
    for name, field in model.model_fields.items():
        rows = [one for one in get_args(field.annotation) if isinstance(one, type) and issubclass(one, BaseModel)]
        yield from ((name, row) for row in rows)


def _choices(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [str(one) for one in get_args(annotation)]
    if get_origin(annotation) in (Union, types.UnionType):
        return [word for part in get_args(annotation) for word in _choices(part)]
    return []


def _listed(keys: Mapping[str, str]) -> list[Word]:
    return [_word(f"{name}:", told) for name, told in keys.items()]


def _word(word: str, told: str = "") -> Word:
    return {"word": word, "told": told}


STATES: dict[str, tuple[Any, str]] = {
    "draft": (_("Draft"), "note"),
    "coming": (_("Coming"), "accent"),
    "in_force": (_("In force"), "good"),
    "replaced": (_("Replaced"), ""),
    "ended": (_("Ended"), ""),
    "retired": (_("Retired"), "warn"),
}
"""How a plan or a version stands, in words, and the badge that says it."""


def state_word(state: str) -> tuple[str, str]:
    """The word for a state, and its badge."""
    word, badge = STATES[state]
    return str(word), badge or "plain"


def days(start: date | None, end: date | None) -> str:
    """The days on which a version holds, in words: the first and the last, which is the day before its ``end``."""
    if start is None:
        return ""
    return f"{start} – {end - timedelta(days=1)}" if end else gettext("from %(day)s") % {"day": start}
