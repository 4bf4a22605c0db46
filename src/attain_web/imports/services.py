"""Writes of imports: files come in whole or not at all, once, and a batch is undone whole."""

from __future__ import annotations

from pathlib import Path

from attain.sources.mapping import Mapping as MappingDocument
from attain_web.access.models import ImportBatch
from attain_web.access.viewer import Viewer
from attain_web.imports.checking import Match
from attain_web.imports.folders import by_names
from attain_web.imports.work import Work, run


def load_files(
    viewer: Viewer, folder: Path, document: MappingDocument, *, match: Match | None = None, again: bool = False
) -> list[ImportBatch]:
    """Bring the files of a folder in as a mapping says, one batch for each table, all or none.

    A file that is in already is not brought in again, unless asked for: its earlier batch is returned. Rows with errors
    are refused, each with its reasons in the batch's results. Raises AttainError with every fault that stops it whole.
    """
    return run(Work(viewer, folder, document, match=dict(match or {}), again=again))


def load_folder(viewer: Viewer, folder: Path, mapping: MappingDocument | None = None) -> list[ImportBatch]:
    """Bring in a folder of the library's files, table by file name (or by a mapping), in the order of references."""
    return load_files(viewer, folder, mapping or by_names(folder), again=False)
