"""Every part is complete: its file, a docs page, a worked example and, for components, a test of the same name."""

import importlib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Kind:
    """A folder of parts, where their docs pages lie, and where the tests of the same name lie, if they must be."""

    folder: str
    docs: str
    tests: str | None = None


# A new folder of parts is added here, and nowhere else in this file.
KINDS = (
    Kind("src/attain/measures/catalog", docs="docs/reference/measures"),
    Kind("src/attain/plans/components", docs="docs/reference/components", tests="tests/attain/plans/components"),
)


def _files(kind: Kind) -> list[Path]:
    return sorted(file for file in (ROOT / kind.folder).glob("*.py") if not file.name.startswith("_"))


def _id(value: Kind | Path) -> str:
    return value.stem if isinstance(value, Path) else value.folder.split("/")[-1]


PARTS = [(kind, file) for kind in KINDS for file in _files(kind)]
TESTED_PARTS = [(kind, file) for kind, file in PARTS if kind.tests]


@pytest.mark.parametrize("kind", KINDS, ids=_id)
def test_there_are_parts(kind: Kind) -> None:
    assert _files(kind), f"No part was found in {kind.folder}: this test would check nothing. Mend KINDS in this file."


@pytest.mark.parametrize(("kind", "file"), PARTS, ids=_id)
def test_part_is_defined_and_shown(kind: Kind, file: Path) -> None:
    name = ".".join((Path(kind.folder).relative_to("src") / file.stem).parts)
    module = importlib.import_module(name)
    assert hasattr(module, "PART"), (
        f"{name} defines no PART. End it with `PART = ...`, or, if it is no part, move it out of {kind.folder}."
    )
    assert (module.__doc__ or "").strip(), (
        f"{name}: open the file with one sentence that a business reader understands."
    )
    assert getattr(module.PART, "examples", ()), (
        f"{name}: PART.examples is empty. Give rows in and the answer expected, worked out by hand."
    )


@pytest.mark.parametrize(("kind", "file"), PARTS, ids=_id)
def test_part_has_a_docs_page(kind: Kind, file: Path) -> None:
    page = f"{kind.docs}/{file.stem}.md"
    assert (ROOT / page).is_file(), (
        f"{page} is missing. Run `make reference`, which writes it from the part, and commit it."
    )


@pytest.mark.parametrize(("kind", "file"), TESTED_PARTS, ids=_id)
def test_part_has_a_test_of_its_name(kind: Kind, file: Path) -> None:
    twin = f"{kind.tests}/test_{file.stem}.py"
    assert (ROOT / twin).is_file(), (
        f"{twin} is missing. The shared checks test what all parts have in common; that file tests what is its own."
    )
