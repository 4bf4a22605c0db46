"""Plan texts: what is wrong with one and where, whether its examples hold, and what the platform asks it for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from attain.documents import read_document
from attain.engines.duckdb import DuckDB
from attain.errors import AttainError, Fault, errors_in
from attain.measures.measure import Measure
from attain.plans.document import CheckedPlan, read_plan
from attain.plans.examples import check_examples
from attain.plans.lint import check_plan
from attain.plans.pitfalls import pitfalls

LONGEST = 200_000
"""Characters that a plan's text may have."""


@dataclass(frozen=True)
class Checked:
    """A text that was checked: the plan, where its form is right, and every fault in the order of its lines."""

    plan: CheckedPlan | None
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> list[Fault]:
        """The faults because of which it cannot be published."""
        return errors_in(self.faults)


def check_text(text: str, measures: Mapping[str, Measure]) -> Checked:
    """Every fault of a text: of its form, its names and formulas, and of its examples once the rest is right."""
    if len(text) > LONGEST:
        advice = "Shorten it: a plan is a page or two."
        message = f"the text has {len(text):,} characters; at most {LONGEST:,} are read"
        return Checked(None, (Fault(check="yaml", message=message, advice=advice, line=1, position=1),))
    try:
        checked = read_plan(text, name="plan", measures=measures)
        faults = check_plan(checked)
        if not errors_in(faults):
            engine = DuckDB.for_few_rows()
            faults += [*check_examples(checked, engine), *pitfalls(checked, engine)]
    except AttainError as error:
        return Checked(None, _in_order(error.faults))
    return Checked(checked, _in_order(faults))


def _in_order(faults: Any) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: (fault.line or 0, fault.position or 0)))


def name_in(text: str) -> str:
    """The name that a text gives its plan, also where the rest of it cannot be read yet; else nothing."""
    try:
        content = read_document(text).content if len(text) <= LONGEST else None
        name = content.get("plan") if isinstance(content, Mapping) else None
    except AttainError:
        place = _value(text, "plan")
        name = text[slice(*place)].strip("'\"") if place else None
    return " ".join(str(name).split()) if isinstance(name, (str, int)) else ""


def with_number(text: str, number: int) -> str:
    """The text with another version number; with nothing else changed."""
    return _with(text, "version", str(number))


def with_name(text: str, name: str) -> str:
    """The text with another plan name; with nothing else changed."""
    return _with(text, "plan", name)


def _with(text: str, key: str, value: str) -> str:
    """The text with the value of one key at its beginning replaced; what stands behind it on the line stays."""
    place = _value(text, key)
    if place is None:
        return f"{key}: {value}\n{text}"
    before, after = text[: place[0]].rstrip(" \t"), text[place[1] :]
    return f"{before} {value}{after}"


def _value(text: str, key: str) -> tuple[int, int] | None:
    """From where to where the value of a key stands that begins a line; the comment behind it is none of it."""
    found = re.search(rf"^{key}:[ \t]*", text, re.MULTILINE)
    if found is None:
        return None
    line = text[found.end() :].partition("\n")[0]
    closed = line.find(line[0], 1) + 1 if line[:1] in ("'", '"') else 0
    comment = re.compile(r"(?:^|(?<=\s))#").search(line, closed)
    return found.end(), found.end() + len(line[: comment.start() if comment else None].rstrip())


def expected(checked: CheckedPlan, *, name: str, number: int) -> list[Fault]:
    """What a text says of itself and the platform knows otherwise: the plan's name, and the number of its version."""
    plan, document = checked.plan, checked.document
    faults = []
    if plan.plan != name:
        message = f"this is the plan '{name}', and the text calls it '{plan.plan}'"
        advice = "Keep the name, or begin a new plan."
        faults.append(document.fault(("plan",), check="plan-name", message=message, advice=advice))
    if plan.version != number:
        message = f"the next version of this plan is {number}, and the text says {plan.version}"
        advice = f"Write version: {number}."
        faults.append(document.fault(("version",), check="next-version", message=message, advice=advice))
    return faults


def with_faults(checked: Checked, *more: Fault) -> Checked:
    """The same with further faults."""
    return replace(checked, faults=_in_order([*checked.faults, *more]))


def template(year: int) -> str:
    """A short plan to begin from, with notes, that pays commission in a year."""
    text = resources.files(__package__).joinpath("template.yaml").read_text(encoding="utf-8")
    return text.format(year=year, next=year + 1)
