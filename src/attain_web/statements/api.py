"""The API's addresses of statements: the list, one with its tree, its lines page by page, and its files."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import FileResponse
from ninja import Path, Query, Router
from ninja.errors import HttpError
from pydantic import BaseModel, Field

from attain.plans.nodes import as_text
from attain_web.access.api import ApiRequest, Asked, a_slice, must_know
from attain_web.access.rights import Area
from attain_web.look.download import as_file
from attain_web.rows.schemas import Day, Text
from attain_web.statements import files, lines, queries, services
from attain_web.statements.models import Statement, StatementLine
from attain_web.statements.work import NotExplainedError

router = Router(tags=["statements"])


class StatementsAsked(Asked):
    """Which statements are asked for."""

    person: Text | None = Field(None, description="a participant's key, or a part of their name")
    plan: Text | None = Field(None, description="the name of a plan")
    since: Day | None = Field(None, description="the run's days end after this day")
    until: Day | None = Field(None, description="the run's days begin on this day or before")


class LinesAsked(Asked):
    """Which lines of a statement are asked for."""

    node: int | None = Field(None, ge=1, le=2**31 - 1, description="only those under the node of this number")


class StatementShown(BaseModel):
    """What a run pays a participant."""

    run: int
    participant: str
    plan: str
    version: int
    period: str
    start: date | None
    end: date | None
    state: str
    amount: str
    currency: str


class StatementPage(BaseModel):
    """Statements, and where the next page is."""

    items: list[StatementShown]
    next: str | None


class NodeShown(BaseModel):
    """An amount and where it comes from, as ``attain explain`` says; its facts are lines of the node's number."""

    n: int
    label: str
    kind: Literal["money", "quantity"]
    amount: str | None
    unit: str
    formula: str
    source: dict[str, Any]
    facts: int
    children: list[NodeShown]


class StatementWhole(StatementShown):
    """A statement with its tree."""

    tree: NodeShown


class FactLine(BaseModel):
    """A fact under a node; ``paid`` is what its component pays for it."""

    node: int
    place: int
    fact: str
    date: date
    amount: str
    formula: str
    kind: str
    split: str | None
    paid: str | None


class LinePage(BaseModel):
    """Lines, and where the next page is."""

    items: list[FactLine]
    next: str | None


@router.get("/statements", response=StatementPage, operation_id="statements_list", url_name="statements")
def list_statements(request: ApiRequest, asked: Query[StatementsAsked]) -> dict[str, Any]:
    """The statements of approved runs that you may see, newest first, a page at a time."""
    must_know(request, asked)
    request.auth.must_read(Area.PAY)
    wanted = queries.Asked(asked.person or "", asked.plan or "", asked.since, asked.until)
    found = queries.found_statements(request.auth, wanted).select_related("run__version__plan")
    some, following = a_slice(request, found.order_by("-run_id", "pk"), cursor=asked.cursor, limit=asked.limit)
    return {"items": [_shown(one) for one in some], "next": following}


@router.get("/statements/{int:run}/{key}", response=StatementWhole, operation_id="statements_row", url_name="statement")
def one_statement(request: ApiRequest, run: int, key: Path[Text]) -> dict[str, Any]:
    """One statement with its tree."""
    found = _explained(request, run, key)
    return _shown(found) | {"tree": found.tree}


@router.get(
    "/statements/{int:run}/{key}/lines",
    response=LinePage,
    operation_id="statements_lines",
    url_name="statement_lines",
)
def statement_lines(request: ApiRequest, run: int, key: Path[Text], asked: Query[LinesAsked]) -> dict[str, Any]:
    """The facts behind a statement's numbers, in the order of its nodes, a page at a time."""
    must_know(request, asked)
    found = lines.all_lines(_explained(request, run, key), asked.node)
    some, following = a_slice(request, found.order_by("node", "place", "pk"), cursor=asked.cursor, limit=asked.limit)
    return {"items": [_line(one) for one in some], "next": following}


_FILE: dict[str, Any] = {"responses": {200: {"content": {files.KINDS[kind]: {} for kind in ("xlsx", "pdf")}}}}


@router.get(
    "/statements/{int:run}/{key}/file",
    operation_id="statements_file",
    url_name="statement_file",
    openapi_extra=_FILE,
)
def statement_file(
    request: ApiRequest, run: int, key: Path[Text], kind: Literal["xlsx", "pdf"] = "pdf"
) -> FileResponse:
    """A statement as a workbook or PDF."""
    found = _explained(request, run, key)
    file, content_type = files.made(found, kind, lines.Asked(), request.auth)
    services.note_export(request.auth, found, kind)
    name = f"statement-{run}-{key}.{kind}"
    return as_file(FileResponse(file), name, content_type)


def _explained(request: ApiRequest, run: int, key: str) -> Statement:
    found = queries.statement_seen(request.auth, run, key)
    try:
        return services.explain_one(found)
    except NotExplainedError as error:
        raise HttpError(409, str(error)) from error


def _shown(statement: Statement) -> dict[str, Any]:
    run = statement.run
    told = {name: getattr(run, name) for name in ("period", "start", "end", "state")}
    return told | {
        "run": run.pk,
        "participant": str(statement.participant_id),
        "plan": run.version.plan.name,
        "version": run.version.number,
        "amount": as_text(statement.amount, digits=2),
        "currency": statement.currency,
    }


def _line(line: StatementLine) -> dict[str, Any]:
    told = {name: getattr(line, name) for name in ("node", "place", "fact", "date", "formula", "kind")}
    return told | {"amount": as_text(line.amount), "split": as_text(line.split), "paid": as_text(line.paid, digits=2)}
