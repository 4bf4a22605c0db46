"""A published case as a file: a plan with its data, and where in the command line's answers each value stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from tests.attain.commands import Answer, attain, rows_of

CASES = Path(__file__).parent / "cases"
OPEN = CASES / "OPEN.yaml"
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_STRICT = ConfigDict(extra="forbid", frozen=True)


class Place(BaseModel):
    """Where one expected value is found: in a cell of an output table, or at a node of an explanation."""

    model_config = _STRICT

    path: str = Field(description="of the value below 'expected' of the case, such as stated.commission.0")
    table: str | None = None
    column: str | None = None
    where: dict[str, Any] = Field({}, description="columns and values that pick the row")
    sum: bool = Field(default=False, description="the sum of all rows picked, instead of the one row")
    explain: str | None = Field(None, description="participant whose pay is explained")
    period: str | None = Field(None, description="explained period; default: that of the case")
    labels: tuple[str, ...] = Field(
        (), description="of the nodes on the way; a day or period behind it may be left out"
    )
    number: int | None = Field(None, description="which number of the node's formula, from 0; default: its amount")
    times: Decimal = Field(Decimal(1), description="factor between the output and the source: 100 for per cents")
    note: str = ""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "Place":
        if bool(self.table and self.column) == bool(self.explain):
            raise ValueError(f"{self.path}: say table and column, or explain and labels")
        return self


class Case(BaseModel):
    """A published case that a plan carries."""

    model_config = _STRICT

    case: str
    plan: str
    tables: dict[str, str]
    period: str = "2026"
    answers: tuple[Place, ...] = Field(min_length=1)
    unanswered: dict[str, str] = Field({}, description="path of a value that no output holds: why")
    note: str = ""

    def write_tables(self, folder: Path) -> None:
        """Write the tables as files into a new folder."""
        folder.mkdir()
        for name, rows in self.tables.items():
            (folder / f"{name}.csv").write_text(rows, encoding="utf-8")


def load(file: Path) -> Any:
    """What a YAML file holds."""
    return YAML(typ="safe").load(file)


def read_case(file: Path) -> Case:
    """A case from its file."""
    case = Case.model_validate(load(file))
    assert case.case == file.stem, f"{file.name} holds the case {case.case}"
    return case


def expected_values(expected: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value below a part of a case, with its path."""
    if not isinstance(expected, dict | list):
        yield path, expected
        return
    inner = expected.items() if isinstance(expected, dict) else enumerate(expected)
    for key, value in inner:
        yield from expected_values(value, f"{path}.{key}" if path else str(key))


def agrees(path: str, told: Any, found: Decimal) -> bool:
    """Whether a value found is the one that the source tells.

    The shared file compares to 0.005 (to the digits told, where a key says ``_rounded``); a source that tells more than
    two digits is held to all of them.
    """
    value = Decimal(str(told))
    digits = value.as_tuple().exponent
    assert isinstance(digits, int), f"{told} is no number"
    half_of_the_last = Decimal(5).scaleb(min(digits, 0) - 1)
    allowed = half_of_the_last if "_rounded" in path else min(half_of_the_last, Decimal("0.005"))
    return abs(value - found) <= allowed


@dataclass(frozen=True)
class Outcome:
    """What the command line answers to a case, in a folder of its own."""

    case: Case
    folder: Path
    _trees: dict[tuple[str, str], Any] = field(default_factory=dict)

    def run(self) -> None:
        """Write plan and tables, and run the plan over them."""
        (self.folder / "plan.yaml").write_text(self.case.plan, encoding="utf-8")
        self.case.write_tables(self.folder / "data")
        self._attain("run", "--period", self.case.period, "--out", self.folder / "out", "--lines")

    def value(self, place: Place) -> Decimal:
        """The value that stands at a place."""
        return (self._cell(place) if place.table else self._node(place)) * place.times

    def _attain(self, command: str, *words: str | Path) -> Answer:
        answer = attain(command, self.folder / "plan.yaml", "--data", self.folder / "data", *words)
        assert answer.code == 0, f"{self.case.case}: attain {command} ends with {answer.code}\n{answer.out}{answer.err}"
        return answer

    def _cell(self, place: Place) -> Decimal:
        assert place.table
        assert place.column
        out = self.folder / "out"
        written = sorted(file.stem for file in out.glob("*.parquet"))
        assert place.table in written, f"{place.path}: the run wrote no {place.table}, only {written}"
        rows = rows_of(out, place.table)
        fitting = [row for row in rows if all(_is(row[column], wanted) for column, wanted in place.where.items())]
        told = f"{place.path}: {len(fitting)} rows of {place.table} where {place.where}; they are {rows}"
        assert len(fitting) > 0 if place.sum else len(fitting) == 1, told
        values = [row[place.column] for row in fitting]
        assert None not in values, f"{place.path}: {place.column} is empty. {told}"
        return sum(map(Decimal, values), Decimal(0))

    def _node(self, place: Place) -> Decimal:
        node = self._tree(place.explain or "", place.period or self.case.period)
        for label in place.labels:
            near = [one for one in node["children"] if one["label"] == label or one["label"].startswith(f"{label}, ")]
            there = [one["label"] for one in node["children"]]
            assert len(near) == 1, f"{place.path}: {len(near)} nodes are '{label}' below '{node['label']}': {there}"
            node = near[0]
        if place.number is None:
            return Decimal(node["amount"])
        numbers = NUMBER.findall(node["formula"])
        assert place.number < len(numbers), f"{place.path}: no number {place.number} in '{node['formula']}'"
        return Decimal(numbers[place.number].replace(",", ""))

    def _tree(self, participant: str, period: str) -> Any:
        if (participant, period) not in self._trees:
            words = ("--participant", participant, "--period", period, "--facts", "0", "--json")
            self._trees[participant, period] = self._attain("explain", *words).json()
        return self._trees[participant, period]


def _is(value: Any, wanted: Any) -> bool:
    """Whether a cell holds what is asked for, however it is written."""
    if isinstance(value, Decimal):
        return value == Decimal(str(wanted))
    return str(value) == str(wanted)
