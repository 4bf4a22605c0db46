"""Batches as pages show them: lists, counts, first rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from attain_web.access.models import ImportBatch
from attain_web.imports.models import Upload
from attain_web.look.table import Cell, Grid, Header
from attain_web.rows.table import row_tables
from attain_web.rows.words import title_of as column_title

COUNTS = ("made", "changed", "left", "refused")
_ICONS = {"made": "plus", "changed": "edit", "left": "success", "refused": "warning"}
_BADGES = {"done": "good", "failed": "bad", "undone": "warn"}


@dataclass(frozen=True)
class Count:
    """How many rows met with one outcome, and where more is told of them."""

    word: str
    figure: str
    icon: str
    url: str = ""


@dataclass(frozen=True)
class Part:
    """A batch on a page: its table's name, counts, groups of faults, and first rows as converted."""

    batch: ImportBatch
    title: str | Promise
    counts: list[Count]
    preview: Grid | None
    faults: list[dict[str, Any]] = field(default_factory=list)
    undone: dict[str, Any] = field(default_factory=dict)
    badge: str = ""
    is_earlier: bool = False
    """Whether another upload of the same file brought it in."""


def title_of(table: str) -> str | Promise:
    """What a table is called."""
    return row_tables()[table].title if table in row_tables() else table


def _words() -> dict[str, str]:
    return {"made": _("New"), "changed": _("Changed"), "left": _("Unchanged"), "refused": _("Refused")}


def part(batch: ImportBatch, upload: Upload | None = None) -> Part:
    """A batch as its page shows it, or that of an upload."""
    told = batch.told
    rows = told.get("preview") or []
    names = told.get("columns") or []
    preview = Grid(
        [_header(batch.table, name) for name in names], [[_cell(row.get(name)) for name in names] for row in rows[:8]]
    )
    urls = {"refused": f"#faults-{batch.pk}"} if told.get("faults") and told.get("refused") else {}
    counts = [
        Count(word, _number(told.get(name) or 0), _ICONS[name], urls.get(name, "")) for name, word in _words().items()
    ]
    badge = _BADGES.get(batch.state, "")
    return Part(
        batch,
        title_of(batch.table),
        counts,
        preview if rows and has_rows(batch) else None,
        told.get("faults", []),
        told.get("undone", {}),
        badge,
        upload is not None and is_earlier(batch, upload),
    )


def is_earlier(batch: ImportBatch, upload: Upload) -> bool:
    """Whether a batch was in before the files of an upload were handed in."""
    return upload.is_kept and batch.made_at < upload.made_at


def _header(table: str, name: str) -> Header:
    """A column of a table by its title, a further one by its name."""
    column = row_tables()[table].columns.get(name) if table in row_tables() else None
    if column is None:
        return Header(name)
    return Header(column_title(name), is_number=column.type in ("decimal", "integer"))


def has_rows(batch: ImportBatch) -> bool:
    """Whether any row comes in, or is there already."""
    return any(batch.told.get(name) for name in ("made", "changed", "left"))


def _cell(value: Any) -> Cell:
    return Cell("" if value is None else str(value)[:80])


def batches(found: Iterable[ImportBatch]) -> Grid:
    """The list of batches."""
    words = _words()
    headers = [Header(one) for one in (_("File"), _("Table"), _("State"), _("By"), _("On"))]
    headers += [Header(words[name], is_number=True) for name in COUNTS]
    return Grid(headers, [_row(one) for one in found], _("Imports, newest first"))


def _row(one: ImportBatch) -> list[Cell]:
    at = timezone.localtime(one.made_at)
    return [
        Cell(one.file_name, url=reverse("imports:batch", args=[one.pk])),
        Cell(str(title_of(one.table))),
        Cell(str(one.get_state_display()), badge=_BADGES.get(one.state, "plain")),
        Cell(one.made_by.name if one.made_by else "Attain"),
        Cell(formats.date_format(at, "SHORT_DATETIME_FORMAT"), iso=at.isoformat()),
        *(Cell(_number(one.told.get(name)), is_number=True) for name in COUNTS),
    ]


def _number(count: int | None) -> str:
    return "" if count is None else formats.localize(count)
