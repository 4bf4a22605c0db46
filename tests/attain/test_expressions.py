"""What a formula may be: the white list, the types, and the place of every fault."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from attain.expressions import Formula, FormulaError, ValueType, names_in, parse

COLUMNS: dict[str, ValueType] = {
    "amount": "number", "cost": "number", "units": "number", "stage": "text", "Region": "text", "closed": "date",
    "opened": "date", "flagged": "flag", "order": "text", "attribute": "null",
}  # fmt: skip
SCALES = {"amount": 2, "cost": 9, "units": 0}


def of_orders(text: str, wanted: ValueType | None = None) -> Formula:
    return parse(text, COLUMNS, of="orders", wanted=wanted)


def sql(text: str) -> str:
    placed = of_orders(text).over(lambda name: exp.column(name, table="f", quoted=True), SCALES)
    return placed.sql("duckdb")


def outcome(text: str) -> tuple[Formula | None, FormulaError | None]:
    """The formula, or why it is none."""
    try:
        return of_orders(text), None
    except FormulaError as error:
        return None, error


# What is taken


@pytest.mark.parametrize(
    ("text", "kind", "columns"),
    [
        ("stage = 'won' and amount > 1000", "flag", ("amount", "stage")),
        ("AMOUNT - coalesce(cost, 0)", "number", ("amount", "cost")),
        ("region like 'E%' or region not in ('West', 'North')", "flag", ("Region",)),
        ("closed - opened", "number", ("closed", "opened")),
        ("closed between date '2026-01-01' and date '2026-03-31'", "flag", ("closed",)),
        ("case when amount > 5 then 'large' else lower(stage) end", "text", ("amount", "stage")),
        ("year(closed) * 100 + month(closed)", "number", ("closed",)),
        ("case when flagged then null else amount end", "number", ("amount", "flagged")),
        ("flagged is true and not stage is null", "flag", ("flagged", "stage")),
        ("stage || ' of ' || Region", "text", ("Region", "stage")),
        ('"order" is not null', "flag", ("order",)),
        ("attribute + 1", "number", ("attribute",)),
        ("attribute", "null", ("attribute",)),
        ("round(-amount, 1) >= .5", "flag", ("amount",)),
    ],
)
def test_a_formula_is_typed_and_names_its_columns(text: str, kind: str, columns: tuple[str, ...]) -> None:
    formula = of_orders(text)
    assert (formula.type, formula.columns) == (kind, columns)


# What is refused: line, column, and words of the message and the advice

REFUSED = [
    ("", 1, 1, "no formula", "Write one"),
    ("   ", 1, 1, "no formula", "Write one"),
    ("amuont > 1", 1, 1, "'amuont' is not a column of orders", "Did you mean amount"),
    ("amount > 1 and\n  stagee = 'won'", 2, 3, "'stagee'", "stage"),
    ('stage = "won"', 1, 9, "not a column", "single quotes"),
    ("stage = 'won", 1, 9, "has no end", "Close it"),
    ("amount >", 1, 8, "no formula at '>'", "may hold"),
    ("amount > 1)", 1, 11, "no formula at ')'", "may hold"),
    ("(amount > 1", 1, 11, "a '(' has no ')'", "may hold"),
    ("case when flagged then 1", 1, 24, "has no 'end'", "may hold"),
    ("case when amount then 1 end", 1, 11, "'amount' is a number, where a condition", "Compare it"),
    ("case amount when 1 then 2 end", 1, 6, "compares in short", "case when x"),
    ("amount > 'x'", 1, 1, "mixes a number and text", "quotes"),
    ("stage + 1 > 0", 1, 1, "'stage' is text, where a number", "Put a number"),
    ("closed - 1 > opened", 1, 1, "mixes a date and a number", "date '2026"),
    ("stage - stage", 1, 1, "subtracts text", "numbers and dates"),
    ("amount = null", 1, 1, "nothing equals null", "is null"),
    ("amount in (1, null)", 1, 1, "nothing equals null", "is null"),
    ("amount not in (1, null)", 1, 1, "nothing equals null", "is null"),
    ("coalesce(null, null) > 1", 1, 1, "nothing equals null", "coalesce"),
    ("null", 1, 1, "gives nothing", "Write"),
    ("amount + null", 1, 10, "'NULL' is nothing", "Put a number"),
    ("null is null", 1, 1, "asks nothing", "is null"),
    ("amount is 5", 1, 1, "asks nothing", "is null"),
    ("amount / 2", 1, 1, "divides, which is not exact", "ratio"),
    ("amount // 2", 1, 1, "divides", "ratio"),
    ("amount % 2", 1, 1, "may not stand", "may hold"),
    ("amount ** 2", 1, 1, "may not stand", "may hold"),
    ("1e5 > amount", 1, 1, "floating-point", "digits"),
    ("amount > 123456789012345678901", 1, 10, "more than 20 digits", "fewer"),
    ("amount::int", 1, 1, "changes a type", "date"),
    ("cast(amount as varchar)", 1, 6, "changes a type", "date"),
    ("try_cast('2026-01-01' as date) = closed", 1, 10, "changes a type", "date"),
    ("closed > timestamp '2026-01-01 10:00:00'", 1, 20, "changes a type", "date"),
    ("closed > date '2026-02-30'", 1, 15, "'2026-02-30' is no date", "2026-01-31"),
    ("closed > date '20260131'", 1, 15, "is no date", "2026-01-31"),
    ("closed > date '\uff12026-01-31'", 1, 15, "is no date", "2026-01-31"),
    ("closed + interval '1' day > opened", 1, 19, "may not stand", "may hold"),
    ("f.amount > 1", 1, 1, "is not a column", "amount"),
    ("amount in (select 1)", 1, 1, "names no values", "in ('a'"),
    ("amount in units", 1, 1, "names no values", "in ('a'"),
    ("amount in ()", 1, 1, "names no values", "in ('a'"),
    ("amount = (select max(amount) from orders)", 1, 22, "may not stand", "may hold"),
    ("exists(select 1)", 1, 15, "may not stand", "may hold"),
    ("select amount from orders", 1, 8, "may not stand", "may hold"),
    ("drop table orders", 1, 1, "", "may hold"),
    ("sum(amount)", 1, 1, "may not stand", "may hold"),
    ("sum(amount) over ()", 1, 1, "may not stand", "may hold"),
    ("lower(stage) over ()", 1, 1, "may not stand", "may hold"),
    ("round(amount, 2) filter (where flagged)", 1, 1, "may not stand", "may hold"),
    ("count(*) > 1", 1, 1, "may not stand", "may hold"),
    ("*", 1, 1, "may not stand", "may hold"),
    ("read_csv('/etc/passwd')", 1, 1, "may not stand", "may hold"),
    ("getenv('HOME')", 1, 1, "may not stand", "may hold"),
    ("concat(stage, Region)", 1, 1, "may not stand", "may hold"),
    ("'a' 'b'", 1, 1, "may not stand", "may hold"),
    ("current_date > closed", 1, 1, "may not stand", "may hold"),
    ("if(flagged, 1, 2)", 1, 4, "may not stand", "may hold"),
    ("amount = $1", 1, 1, "", "may hold"),
    ("amount = ?", 1, 1, "", "may hold"),
    ("amount = :amount", 1, 1, "", "may hold"),
    ("amount cost", 1, 1, "may not stand", "may hold"),
    ("amount, cost", 1, 7, "no formula at ','", "may hold"),
    ("(amount, cost)", 1, 2, "may not stand", "may hold"),
    ("[amount]", 1, 2, "may not stand", "may hold"),
    ("{'a': 1}", 1, 7, "may not stand", "may hold"),
    ("stage[1] = 'w'", 1, 1, "may not stand", "may hold"),
    ("stage like 'x' escape '!'", 1, 1, "may not stand", "may hold"),
    ("stage ~ 'w.*'", 1, 1, "may not stand", "may hold"),
    ("stage collate nocase = 'won'", 1, 1, "may not stand", "may hold"),
    ("trim(stage, 'x') = 'w'", 1, 6, "may not stand", "may hold"),
    ("greatest(distinct amount)", 1, 1, "", "may hold"),
    ("amount between symmetric 1 and 2", 1, 1, "may not stand", "may hold"),
    ("round(amount)", 1, 1, "how many digits", "round(amount, 2)"),
    ("round(amount, 11)", 1, 1, "how many digits", "round(amount, 2)"),
    ("round(amount, units)", 1, 1, "how many digits", "round(amount, 2)"),
    ("year(amount)", 1, 6, "'amount' is a number, where a date", "Put a date"),
    ("amount > 1; drop table orders", 1, 11, "';' ends", "without ';'"),
    ("amount > 1;", 1, 11, "';' ends", "without ';'"),
    ("amount > 1 -- and flagged", 1, 10, "no comments", "document"),
    ("amount /* and */ > 1", 1, 1, "no comments", "document"),
    ("stage = 'a\x00b'", 1, 11, "no character", "Take it out"),
    ("stage = '\ud800'", 1, 10, "no character", "Take it out"),
    ("not " * 100 + "flagged", 1, 81, "nests too deeply", "two measures"),
    ("(" * 400 + "amount", 1, 21, "nests too deeply", "two measures"),
    ("case when " * 60 + "flagged", 1, 201, "nests too deeply", "two measures"),
    ("amount - 1 + " * 60 + "1", 1, 1, "nests too deeply", "two measures"),
    ("amount > " + "1" * 2000, 1, 1, "2,009 characters", "two measures"),
]


@pytest.mark.parametrize(
    ("text", "line", "position", "message", "advice"), REFUSED, ids=[one[0][:30] for one in REFUSED]
)
def test_what_is_refused_is_told_with_its_place(text: str, line: int, position: int, message: str, advice: str) -> None:
    with pytest.raises(FormulaError) as told:
        of_orders(text)
    assert message in told.value.message
    assert advice in told.value.advice
    if message:
        assert (told.value.line, told.value.position) == (line, position)


def test_the_result_must_be_of_the_type_that_is_wanted() -> None:
    with pytest.raises(FormulaError, match="gives a number, where a condition is wanted"):
        of_orders("amount + 1", "flag")
    with pytest.raises(FormulaError, match="gives a condition, where a number is wanted"):
        of_orders("amount > 1", "number")
    assert of_orders("attribute", "number").type == "null"


def test_names_are_read_from_what_is_not_checked_yet() -> None:
    assert sorted(names_in("rate * other + foo(third)")) == ["other", "rate", "third"]
    assert names_in("rate * ") == []


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(re.split(r"(\W)", " ".join(one[0] for one in REFUSED))), max_size=15).map("".join)
)
def test_nonsense_is_a_formula_error_or_a_safe_formula(text: str) -> None:
    formula, fault = outcome(text)
    if fault:
        assert fault.message
        assert fault.advice
        assert 1 <= fault.line <= len(re.split(r"\r\n|\r|\n", text))
        assert fault.position >= 1
    if formula is None:
        return
    assert not list(formula.tree.find_all(exp.Query, exp.Window, exp.Star, exp.Placeholder, exp.Anonymous, exp.AggFunc))
    assert not any(node.comments for node in formula.tree.walk())
    assert isinstance(sql(text), str)
