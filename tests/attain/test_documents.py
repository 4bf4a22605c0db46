"""A document is read exactly, or every fault in it is told with file, line and column."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from attain.documents import MOST_SIGNS, MOST_VALUES, faults_of, plain, read_document, validate
from attain.errors import AttainError, Fault


def refused(source: Path | str) -> Fault:
    with pytest.raises(AttainError) as told:
        read_document(source, name="plan.yaml")
    (found,) = told.value.faults
    assert (found.check, found.file) == ("yaml", "plan.yaml")
    assert found.advice
    return found


# Values


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("NO", "NO"), ("yes", "yes"), ("on", "on"), ("true", True), ("~", None), ("", None), ("1.10", Decimal("1.10")),
        ("1_000.5", Decimal("1000.5")), ("1e3", Decimal("1E+3")), ("-.5", Decimal("-0.5")), ("1.", Decimal(1)),
        ("0.1", Decimal("0.1")), ("12:30:45", "12:30:45"), ("1_000", 1000), ("007", "007"), ("-012", "-012"), ("0", 0),
        ("0o17", 15), ("0x1F", 31), ("2026-01-31", date(2026, 1, 31)), ("6 %", "6 %"), ("'1.10'", "1.10"),
        ("1e3.5", "1e3.5"),
        ("123456789012345678901234567890.123456789", Decimal("123456789012345678901234567890.123456789")),
        ("2026-01-01 .. 2027-01-01", "2026-01-01 .. 2027-01-01"), ("Ünïcode 東京", "Ünïcode 東京"), ("a: b", None),
    ],
)  # fmt: skip
def test_values(written: str, expected: object) -> None:
    if written == "a: b":
        assert "a second ': ' stands" in refused("key: a: b").message
        return
    found = plain(read_document(f"key: {written}").content)["key"]
    assert found == expected
    assert type(found) is type(expected)


def test_keys_are_text() -> None:
    content = plain(read_document("{2: a, 007: b, NO: c, true: d, 2026-01-31: e, 1.50: f, ~: g}").content)
    assert list(content) == ["2", "007", "NO", "true", "2026-01-31", "1.50", "null"]


def test_anchors_are_written_out() -> None:
    document = read_document("base: &b {rate: 1.5, every: month}\nown:\n  <<: *b\n  every: year\n")
    assert plain(document.content)["own"] == {"every": "year", "rate": Decimal("1.5")}
    assert document.position(("own", "every")) == (4, 10)
    assert document.position(("own", "rate")) == (3, 3)


# What is no document


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a:\n\tb: 1\n", 2, 1, "a tab stands where blanks belong"),
        ("a: 1\nb: 2\na: 3\n", 3, 1, 'duplicate key "a"'),
        ("a: *x\n", 1, 4, "undefined alias"),
        ("a: [1, 2\nb: 3\n", 2, 2, ""),
        ("a: 'x\n", 1, 4, "a quote is opened here and never closed"),
        ("a: 1\nb 2\nc: 3\n", 2, 1, "this line is no 'key: value'"),
        ("a:\n  - x\n - y\n", 3, 2, "indentation does not fit"),
        ("a: 1\n---\nb: 2\n", 2, 1, "another document"),
        ("a: 2026-02-30\n", 1, 4, "'2026-02-30' is no date"),
        ("a: 1\nb: .inf\n", 2, 4, "'.inf' is no exact number"),
        ("a: .nan\n", 1, 4, "'.nan' is no exact number"),
        ("a: " + "9" * 5000, 1, 4, "is no whole number"),
        ("a: 1\nb: !!python/object:os.system x\n", 2, 4, "a tag or directive"),
        ("a: !!float '1'\n", 1, 4, "a tag or directive"),
        ("%YAML 1.1\n---\na: NO\n", 1, 1, "a tag or directive"),
        ("a: 1\nb: x\x00y\n", 2, 1, "is no character"),
        ("[" * 3000, 1, 52, "nests too deeply"),
        ("a: 1\nb: " + "[" * 3000, 2, 54, "nests too deeply"),
        ("- " * 3000, 1, 102, "nests too deeply"),
        ("? " * 3000, 1, 102, "nests too deeply"),
        ("\n".join(" " * level + "a:" for level in range(600)), 51, 53, "nests too deeply"),
        ('a: 1\nb: [x, "\\ud800"]\n', 2, 8, r"'\ud800' is no character"),
        ('a: 1\n"x\\ud83d\\ude00": 1\n', 2, 1, r"'\ud83d' is no character"),
        ('a: "x\\0"\n', 1, 4, r"'\x00' is no character"),
    ],
)
def test_what_is_no_yaml(text: str, line: int, column: int, message: str) -> None:
    found = refused(text)
    assert message in found.message
    assert (found.line, found.position) == (line, column)


def test_an_anchor_that_grows_without_end() -> None:
    steps = "".join(f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]\n" for number in range(1, 12))
    assert f"{MOST_VALUES:,} values" in refused(f"a0: &a0 [x]\n{steps}").message


@pytest.mark.parametrize(
    "signs",
    ["[a,", "- a\n", "-\n", ":\n", "? a\n", "- 'b'\n", "[" + "[" * 45 + "]" * 45 + ",", "? " * 45 + "a\n", "a: #\n"],
)
def test_what_would_take_long_to_read(signs: str) -> None:
    text = f"[{signs[1:] * 200_000}" if signs[0] == "[" else signs * 200_000
    start = process_time()
    assert f"{MOST_SIGNS:,} words and signs" in refused(text[:200_000]).message
    assert process_time() - start < 10
    assert "characters" in refused(text[:1] * 200_001).message


def test_anchors_in_anchors_nest() -> None:
    steps = "".join(f"a{number}: &a{number} [*a{number - 1}]\n" for number in range(1, 150))
    assert "nests too deeply" in refused(f"a0: &a0 x\n{steps}").message


def test_what_looks_like_an_escape_is_text() -> None:
    text = "a: \\ud800\nb: '\\ud800'\nc: \"\\U0001F600\\n\"\nd: >\n x\n y\n"
    content = plain(read_document(text).content)
    assert (content["a"], content["b"], content["c"]) == ("\\ud800", "\\ud800", "\U0001f600\n")


@pytest.mark.parametrize(
    ("written", "line", "message"),
    [
        (b"a: 1\nb: \xe9\n", 2, "not written in UTF-8: byte 0xe9"),
        ("a: 1\n".encode("utf-16"), 1, "not written in UTF-8"),
        (bytes(range(256)), 2, "not written in UTF-8"),
        (None, 1, "no such file"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, written: bytes | None, line: int, message: str) -> None:
    file = tmp_path / "plan.yaml"
    if written is not None:
        file.write_bytes(written)
    found = refused(file)
    assert message in found.message
    assert found.line == line
    refused(tmp_path)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    document = read_document(file)
    assert plain(document.content) == {"a": 1, "b": 2}
    assert document.name == str(file)


@given(st.text(max_size=80) | st.text("ab:-[]{}#&*!|>'\"%@`,? \n\t\x00<~0123.eE", max_size=60))
def test_any_text_is_a_document_or_told(text: str) -> None:
    faults: tuple[Fault, ...] = ()
    try:
        validate(read_document(text, name="plan.yaml"), Plan)
    except AttainError as error:
        faults = error.faults
    assert faults
    assert all(one.file == "plan.yaml" and one.line and one.position for one in faults)


# Places


def test_positions() -> None:
    parts = "list:\n  - {a: 1, b: [x, 'y']}\n  -\n    a: 2\n    note: |\n      folded\n"
    document = read_document(f"name: 'quoted'\n{parts}1: one\nlast:\n  deep: {{}}\n")
    assert document.position(()) == (1, 1)
    assert document.position(("name",)) == (1, 7)
    assert document.position(("list",)) == (3, 3)
    assert document.position(("list",), of="key") == (2, 1)
    assert document.position(("list", 0)) == (3, 5)
    assert document.position(("list", 0, "b")) == (3, 15)
    assert document.position(("list", 0, "b", 1)) == (3, 19)
    assert document.position(("list", 0, "b"), of="key") == (3, 12)
    assert document.position(("list", 1, "a")) == (5, 8)
    assert document.position(("list", 1, "note")) == (6, 11)
    assert document.position(("list", 7, "a")) == (3, 3)
    assert document.position(("1",)) == (8, 4)
    assert document.position(("last",)) == (10, 3)
    assert document.position(("nothing", "there")) == (1, 1)


# Models


class Month(BaseModel):
    """A period."""

    model_config = ConfigDict(extra="forbid")
    starts: Literal["January", "July"]


class Week(BaseModel):
    """Another."""

    model_config = ConfigDict(extra="forbid")
    weeks: int


class Part(BaseModel):
    """A part of a document, one of whose names is not the field's."""

    model_config = ConfigDict(extra="forbid")
    rate: Decimal
    start: date | None = Field(None, alias="from")


class Plan(BaseModel):
    """A document with parts of every shape."""

    model_config = ConfigDict(extra="forbid")
    plan: str
    calendar: Annotated[
        Annotated[Month, Tag("by_months")] | Annotated[Week, Tag("by_weeks")],
        Discriminator(lambda value: "by_months" if "starts" in value else "by_weeks"),
    ] = Month(starts="January")
    people: str | tuple[Part, ...] = ""
    parts: dict[str, Part] = {}
    number: int = 1


def told(text: str) -> list[tuple[int | None, int | None, str, str]]:
    with pytest.raises(AttainError) as error:
        validate(read_document(text, name="plan.yaml"), Plan)
    return [(one.line, one.position, one.message, one.advice) for one in error.value.faults]


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n- b\n", "hello", "5", "~"])
def test_what_has_no_keys(text: str) -> None:
    (found,) = told(text)
    assert found == (1, 1, "the document has no 'key: value' lines", "It needs plan.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plan: x\nnumbr: 2\n", (2, 1, "'numbr' is not known here", "Did you mean number?")),
        ("plan: x\nzzz: 2\n", (2, 1, "'zzz' is not known here", "Take it out, or check how it is spelled.")),
        ("number: 2\n", (1, 1, "'plan' is missing", "Add it: it has no default.")),
        ("plan: x\nparts:\n  a:\n    rat: 5\n    rate: 1\n", (4, 5, "'rat' is not known here", "Did you mean rate?")),
        (
            "plan: x\nparts:\n  a: {rate: 1, fro: 2026-01-01}\n",
            (3, 16, "'fro' is not known here", "Did you mean from?"),
        ),
        ("plan: x\npeople:\n  - rate: 1\n    rats: 2\n", (4, 5, "'rats' is not known here", "Did you mean rate?")),
        ("plan: x\ncalendar: {starts: July, start: 5}\n", (2, 26, "'start' is not known here", "Did you mean starts?")),
        ("plan: x\npeople:\n  - {}\n", (3, 5, "'rate' is missing", "Add it: it has no default.")),
    ],
)
def test_keys(text: str, expected: tuple[int, int, str, str]) -> None:
    assert told(text) == [expected]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("plan: x\nnumber: five\n", (2, 9), "'number': Input should be a valid integer"),
        ("plan: x\ncalendar: {starts: March}\n", (2, 20), "'calendar.starts': Input should be 'January' or 'July'"),
        ("plan: x\ncalendar: {weeks: x}\n", (2, 19), "'calendar.weeks': Input should be a valid integer"),
        ("plan: x\npeople:\n- rate: abc\n", (3, 9), "'people.0.rate': Input should be a valid decimal"),
        ("plan: [x]\n", (1, 7), "'plan': Input should be a valid string"),
        ("plan: x\nparts: [1]\n", (2, 8), "'parts': Input should be a valid dictionary"),
    ],
)
def test_values_of_the_wrong_kind_are_told_without_the_names_of_unions(
    text: str, place: tuple[int, int], message: str
) -> None:
    (found,) = told(text)
    assert found[:2] == place
    assert message in found[2]
    assert not any(word in found[2] for word in ("by_months", "by_weeks", "tuple", "str."))


def test_every_fault_is_told() -> None:
    assert len(told("number: x\nparts: {a: {}, b: {rate: y, z: 1}}\nmore: 1\n")) == 6


def test_faults_below_a_part_of_the_document() -> None:
    document = read_document("parts:\n  - rate: x\n    form: 2026-01-01\n")
    with pytest.raises(ValidationError) as error:
        Part.model_validate({"rate": "x", "form": 1})
    faults = faults_of(error.value, document, under=("parts", 0), model=Part)
    assert [(one.line, one.position, one.advice) for one in faults] == [
        (2, 11, "Write a value of the kind it asks for."), (3, 5, "Did you mean from?"),
    ]  # fmt: skip


def test_a_document_becomes_its_model() -> None:
    text = "plan: 'x'\nparts: {a: {rate: 0.10, from: 2026-01-31}}\npeople: [{rate: 1}]\n"
    read: Any = validate(read_document(text), Plan)
    assert read.parts["a"].rate == Decimal("0.10")
    assert read.parts["a"].start == date(2026, 1, 31)
