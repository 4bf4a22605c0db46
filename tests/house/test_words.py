"""Names are words of the field; a name that could stand on anything says nothing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))

# A person's manager is a word of the field (manager_chain); a class that "manages" is not.
EMPTY_MODULE = re.compile(r"^_?(utils?|helpers?|common|misc|managers?|handlers?)$")
EMPTY_CLASS = re.compile(r"(Manager|Handler|Helper|Utils?)$|^_?(Abstract|Common)")
EMPTY_FUNCTION = re.compile(r"(^|_)(helper|handler|utils?|common|abstract)(_|$)")


def _faults(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of every class and function whose name says nothing."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) if EMPTY_CLASS.search(name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if EMPTY_FUNCTION.search(name):
                yield node.lineno, name


def test_there_are_modules() -> None:
    assert SOURCES, "No module was found under src: this test would check nothing. Has the folder moved?"


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.relative_to(ROOT / "src").as_posix())
def test_names_say_something(file: Path) -> None:
    where = file.relative_to(ROOT).as_posix()
    empty = [part for part in file.relative_to(ROOT / "src").with_suffix("").parts if EMPTY_MODULE.search(part)]
    assert not empty, f"{where}: '{empty[0]}' says nothing. Name the module after what it holds, in words of the field."
    faults = [f"{where}:{line}: {name}" for line, name in _faults(ast.parse(file.read_text(encoding="utf-8")))]
    assert not faults, "\n".join(
        [*faults, "Name it after what it is or does: a function is a verb and its object (publish_plan, spread_quota)."]
    )


@pytest.mark.parametrize(
    "code",
    [
        "class PlanManager: ...",
        "class AbstractPlan: ...",
        "class RowHelper: ...",
        "def date_helper(): ...",
        "def common(): ...",
    ],
)
def test_an_empty_name_is_found(code: str) -> None:
    assert list(_faults(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ["def manager_chain(): ...", "class ManagerChain: ...", "def handle_fault(): ...", "def utilisation(): ..."]
)
def test_a_word_of_the_field_is_left_alone(code: str) -> None:
    assert not list(_faults(ast.parse(code)))
