"""The platform's rules: where the database is asked, and what templates may hold."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "src" / "attain_web"
ENTRANCES = sorted(
    file for file in WEB.rglob("*.py") if file.name in {"views.py", "api.py", "commands.py", "forms.py", "jobs.py"}
)
TEMPLATES = sorted(WEB.rglob("*.html"))
_COMMENT = re.compile(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}|<!--.*?-->|<kbd>.*?</kbd>", re.DOTALL)


def _name(file: Path) -> str:
    return file.relative_to(WEB).as_posix()


def test_there_are_entrances_and_templates() -> None:
    assert ENTRANCES, "No views were found: this test would check nothing. Has the folder moved?"
    assert TEMPLATES, "No templates were found: this test would check nothing. Has the folder moved?"


def test_a_schemas_name_stands_once() -> None:
    files = [file for file in WEB.rglob("*.py") if file.name in {"api.py", "schemas.py"}]
    found = [name for file in files for name in re.findall(r"^class (\w+)", file.read_text("utf-8"), re.MULTILINE)]
    twice = sorted({name for name in found if found.count(name) > 1})
    assert not twice, f"{twice} stand in two files: one would take the other's place in the API's document."


@pytest.mark.parametrize("file", ENTRANCES, ids=_name)
def test_an_entrance_asks_no_database(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "save", "delete"}
    ]
    assert not found, (
        f"{_name(file)} asks the database itself (lines {found}). Reads belong into queries.py, limited to what the "
        "viewer may see, and writes into services.py, with their audit event."
    )


@pytest.mark.parametrize("file", TEMPLATES, ids=_name)
def test_a_template_keeps_to_the_content_security_policy(file: Path) -> None:
    text = re.sub(r"{%.*?%}", "{}", _COMMENT.sub("", file.read_text(encoding="utf-8")), flags=re.DOTALL)
    for pattern, what in (
        (r"<style", "a <style> element"),
        (r"\sstyle\s*=", "a style attribute"),
        (r"<script(?![^>]*\ssrc=)", "a script without src"),
        (r"\son[a-z]+\s*=", "an event handler"),
        (r"hx-(on|vals\s*=\s*['\"]js)", "a script in an htmx attribute"),
        (r"(src|href)\s*=\s*[\"'](https?:)?//", "something from another host"),
    ):
        assert not re.search(pattern, text), (
            f"{_name(file)} holds {what}, which the policy forbids: use look's CSS or JS."
        )


@pytest.mark.parametrize("file", TEMPLATES, ids=_name)
def test_words_in_a_template_can_be_translated(file: Path) -> None:
    text = _COMMENT.sub("", file.read_text(encoding="utf-8"))
    text = re.sub(r"{%\s*blocktrans(late)?.*?endblocktrans(late)?\s*%}", "", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>|&[a-z#0-9]+;", "", text, flags=re.DOTALL)
    words = [word for word in re.findall(r"[^\W\d_]{3,}", text) if word != "Attain"]
    assert not words, (
        f"{_name(file)} says {words[:5]} in English only: write {{% translate %}} or {{% blocktranslate %}}."
    )
