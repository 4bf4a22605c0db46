"""The tables fit together: keys, references and versions name columns that are there."""

import pytest

from attain.columns import FACTS, Column, Table
from attain.tables import TABLES, columns_for_measures, money_columns


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_keys_versions_and_references_name_what_is_there(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert {*table.key, *table.versions_of} <= set(names)
    assert table.key[0] == next(iter(table.versions_of), table.key[0])
    for column in table.columns:
        if column.refers_to:
            target = TABLES[column.refers_to]
            assert target.columns[0].name == target.key[0]
            assert column.type == "text"
        assert column.meaning
        assert not (column.told_when_empty and column.required)
    if table.versions_of:
        assert {"start", "end"} <= set(names)


@pytest.mark.parametrize("name", TABLES)
def test_tables_refer_to_those_before_them(name: str) -> None:
    before = list(TABLES)[: list(TABLES).index(name) + 1]
    for column in TABLES[name].columns:
        later = column.refers_to and column.refers_to not in before
        assert not later or (name, column.refers_to) in {("participants", "territories"), ("leads", "opportunities")}


def test_the_tables_of_facts_are_named_once_and_for_all() -> None:
    assert [name for name, table in TABLES.items() if table.is_fact] == [*FACTS]


def test_facts_have_an_owner_or_a_parent_and_a_date() -> None:
    for name, table in TABLES.items():
        if table.is_fact:
            columns = columns_for_measures(name)
            assert "participant" in columns
            assert any(column.type == "date" for column in columns.values())


def test_lines_offer_the_columns_of_their_order() -> None:
    columns = columns_for_measures("order_lines")
    assert columns["date"] == TABLES["orders"].column("date")
    assert columns["amount"] == TABLES["order_lines"].column("amount")
    assert TABLES["order_lines"].column("date") is None


def test_money_columns() -> None:
    found = {name: money_columns(name) for name in TABLES}
    assert {name: columns for name, columns in found.items() if columns} == {
        "opportunities": ("amount",),
        "orders": ("amount", "cost"),
        "order_lines": ("amount", "cost"),
    }


def test_a_column_may_be_empty_unless_it_says_otherwise() -> None:
    assert Column("note", "text", "a note").required is False
