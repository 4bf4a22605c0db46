"""What the API takes and gives of imports: files with their mapping, and where an import stands."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from attain_web.access.models import ImportBatch
from attain_web.imports.models import Upload
from attain_web.rows.schemas import Text

MappingText = Annotated[str, Field(max_length=200_000, pattern=r"^[^\u0000]*$")]


class Told(BaseModel):
    """How the files are read: by a mapping document, or by a profile that was saved under a name."""

    mapping: MappingText = Field("", description="a mapping document, as its guide has it")
    profile: Text = Field("", description="the name of a saved profile, instead of a mapping")
    match: Text = Field(
        "",
        description="columns other than the key by which rows are found again, such as accounts: name; products: name",
    )
    check: Literal["true", "false"] = Field("false", description="whether to find out only what would come in")
    again: Literal["true", "false"] = Field("false", description="whether a file that is in already comes in once more")


class FileShown(BaseModel):
    """A file that was handed in."""

    name: str
    size: int
    fingerprint: str = Field(description="SHA-256")


class FaultShown(BaseModel):
    """Faults of one kind in one column: how many rows have it, and the first places."""

    severity: Literal["error", "warning"]
    check: str
    column: str
    rows: int
    message: str
    advice: str
    places: list[int] = Field(description="numbers of rows; the header is row 1")
    values: list[str]


class BatchShown(BaseModel):
    """What an import does to one table."""

    id: int
    table: str
    file: str
    state: ImportBatch.State
    made: int | None = Field(description="new rows; null: not known yet")
    changed: int | None
    left: int | None = Field(description="rows that were so already")
    refused: int | None
    faults: list[FaultShown]


class ImportShown(BaseModel):
    """An import: how far it is, and what it does to each table."""

    id: int
    made_at: datetime
    made_by: str | None = Field(description="who; null: the system itself")
    files: list[FileShown]
    state: Upload.State
    doing: str = Field(description="the present step; empty: none")
    done: int = Field(description="per cent")
    error: str = Field(description="what stopped it; empty: nothing")
    batches: list[BatchShown]


class ImportPage(BaseModel):
    """Imports, newest first, and where the next page is."""

    items: list[ImportShown]
    next: str | None
