"""Modules and functions stay short enough to be read in one go."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40

SOURCES = sorted(
    file
    for file in (ROOT / "src").rglob("*.py")
    if file.parent.name != "migrations"  # which Django writes
)
MODULES = SOURCES + sorted(file for folder in ("tests", "bench") for file in (ROOT / folder).rglob("*.py"))


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def test_there_are_modules() -> None:
    assert SOURCES, "No module was found under src: this test would check nothing. Has the folder moved?"


@pytest.mark.parametrize("file", MODULES, ids=_name)
def test_module_is_short(file: Path) -> None:
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_MODULE, (
        f"{_name(file)} has {lines} lines; a module stops at {LONGEST_MODULE}. "
        "Find the second subject in it and give that a module of its own, named with a word of the field."
    )


@pytest.mark.parametrize("file", SOURCES, ids=_name)
def test_functions_are_short(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    long = [
        f"{_name(file)}:{node.lineno} {node.name} ({lines} lines)"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not long, (
        f"A function stops at {LONGEST_FUNCTION} lines: {'; '.join(long)}. "
        "Give its steps names: one function each, called in order by a short one."
    )
