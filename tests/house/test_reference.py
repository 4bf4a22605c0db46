"""The reference is what the parts say today."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_reference_is_made_from_the_parts_as_they_are() -> None:
    spec = importlib.util.spec_from_file_location("build_reference", DOCS / "build_reference.py")
    assert spec
    assert spec.loader
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    changed = [name for name, text in build.pages().items() if not _is_same(DOCS / "reference" / name, text)]
    assert not changed, f"Run `make reference` and look at what changed: {', '.join(changed)}"


def _is_same(page: Path, text: str) -> bool:
    return page.is_file() and page.read_text(encoding="utf-8") == text
