"""A mapping is read with every fault told at its line."""

from pathlib import Path

import pytest

from attain.errors import AttainError
from attain.sources.mapping import read_mapping

BEGIN = "mapping: Ours\ntables:\n  orders:\n    file: o.csv\n    columns:\n      order: id\n"


@pytest.mark.parametrize(
    ("more", "line", "column", "message", "advice"),
    [
        ("      date: {colum: day}\n", 7, 14, "'colum' is not known here", "Did you mean column?"),
        ("      date: {column: day, formt: '%d'}\n", 7, 27, "'formt'", "Did you mean format?"),
        ("      date: {column: day, value: x}\n", 7, 13, "exactly one of column, formula and value", "kind"),
        ("      date: {}\n", 7, 13, "exactly one of column, formula and value", "kind"),
        ("      date: {column: day, format: '%Q'}\n", 7, 35, "no format of dates", "kind"),
        ("      date: {column: day, type: money}\n", 7, 33, "'text', 'date', 'decimal' or 'integer'", "kind"),
        ("      amount: {column: a, decimal: ',', thousands: ','}\n", 7, 15, "cannot be both", "kind"),
        ("      stage: {column: s, aliases: {a: b, b: c}}\n", 7, 33, "'b', which itself stands for 'c'", "kind"),
        (
            "      stage: {column: s, lookup: {file: /etc/passwd, match: a, take: b}}\n",
            7,
            39,
            "inside the folder",
            "kind",
        ),
        ("      stage: {column: s, lookup: {file: ../x.csv, match: a, take: b}}\n", 7, 39, "inside the folder", "kind"),
        ("      Order: id\n", 6, 7, "'order' is filled twice", "kind"),
        ("      stage: [a]\n", 7, 14, "", "kind"),
        ("    delimiter: ';;'\n", 7, 16, "at most 1 character", "kind"),
        ("    delimeter: ';'\n", 7, 5, "'delimeter'", "Did you mean delimiter?"),
        ("  order:\n    file: x.csv\n    columns: {}\n", 7, 3, "'order' is no table of Attain", "Did you mean orders?"),
        ("  spaceships:\n    file: x.csv\n    columns: {}\n", 7, 3, "no table of Attain", "There are participants"),
        ("  splits:\n    columns: {}\n", 8, 5, "'file' is missing", "Add it"),
    ],
)
def test_a_fault_is_told_at_its_line(more: str, line: int, column: int, message: str, advice: str) -> None:
    with pytest.raises(AttainError) as told:
        read_mapping(BEGIN + more)
    (found,) = told.value.faults
    assert message in found.message
    assert advice in found.advice
    assert found.line == line
    assert found.position
    assert abs(found.position - column) <= 8, found


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(AttainError) as told:
        read_mapping(BEGIN + "      date: {colum: day}\n      amount: {column: a, thousand: ','}\n    encodng: x\n")
    assert sorted((one.line or 0, one.message) for one in told.value.faults) == [
        (7, "'colum' is not known here"),
        (8, "'thousand' is not known here"),
        (9, "'encodng' is not known here"),
    ]


def test_numbers_and_words_that_yaml_reads_are_text() -> None:
    read = read_mapping(
        BEGIN + "      stage: {column: 2024, aliases: {1: won, 007: 3, NO: lost}}\n      line: {value: 5}\n"
    )
    columns = read.tables["orders"].columns
    assert columns["stage"].column == "2024"
    assert columns["stage"].aliases == {"1": "won", "007": "3", "NO": "lost"}
    assert columns["line"].value == "5"


def test_a_mapping_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AttainError, match="cannot be read: no such file"):
        read_mapping(tmp_path / "mapping.yaml")
