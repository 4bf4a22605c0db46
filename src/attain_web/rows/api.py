"""The API's addresses of every table of rows: list, one row, its history, make, change."""

# Annotations are evaluated here and now: each table has schemas of its own.

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.http import parse_etags
from ninja import Query, Router
from ninja.errors import HttpError
from pydantic import BaseModel

from attain_web.access.api import ApiRequest, a_slice, must_know
from attain_web.access.viewer import Viewer
from attain_web.rows.base import Row
from attain_web.rows.queries import Asked, found, history, row_of, visible
from attain_web.rows.schemas import Versions, schemas_of, shown_rows, shown_version
from attain_web.rows.services import save_row
from attain_web.rows.table import RowTable, row_tables

_ETAG = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "the row's version, for If-Match"}}}
_PLACE = {"Location": {"schema": {"type": "string"}, "description": "where the new row is"}}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "the ETag of the version that you read; 412 where the row has changed since",
}


def add_routes(router: Router) -> None:
    """Give every table its addresses."""
    for table in row_tables().values():
        _add_reads(router, table)
        _add_writes(router, table)


def _named(table: RowTable, deed: str, summary: str) -> dict[str, Any]:
    """What the document calls an operation on a table."""
    words = table.name.replace("_", " ")
    return {"operation_id": f"{table.name}_{deed}", "summary": f"{summary} {words}", "tags": [table.name]}


def _add_reads(router: Router, table: RowTable) -> None:
    schemas, path, name = schemas_of(table), f"/{table.name}", table.name

    @router.get(
        path,
        response=schemas.page,
        url_name=f"{name}-list",
        **_named(table, "list", "List"),
    )
    def list_rows(request: ApiRequest, asked: Query[schemas.asked]) -> dict[str, Any]:  # type: ignore[name-defined]
        """The rows that you may see, by search and filters, a page at a time."""
        request.auth.must_read(table.area)
        rows = found(table, request.auth, _asked(request, asked))
        some, following = a_slice(request, rows, cursor=asked.cursor or "", limit=asked.limit)
        return {"items": shown_rows(table, request.auth, some), "next": following}

    @router.get(
        f"{path}/{{int:row}}",
        response=schemas.shown,
        url_name=f"{name}-row",
        **_named(table, "row", "One row of"),
        openapi_extra={"responses": {200: _ETAG}},
    )
    def one_row(request: ApiRequest, row: int, response: HttpResponse) -> dict[str, Any]:
        """One row."""
        return _shown(table, request.auth, row_of(table, request.auth, row), response)

    @router.get(
        f"{path}/{{int:row}}/history",
        response=Versions,
        url_name=f"{name}-history",
        **_named(table, "history", "History of a row of"),
    )
    def row_history(request: ApiRequest, row: int) -> dict[str, Any]:
        """Every version of a row, newest first."""
        versions = history(table, row_of(table, request.auth, row), request.auth)
        return {"items": [shown_version(one) for one in versions]}


def _add_writes(router: Router, table: RowTable) -> None:
    schemas, path, name = schemas_of(table), f"/{table.name}", table.name

    @router.post(
        path,
        response={201: schemas.shown},
        url_name=f"{name}-list",
        **_named(table, "make", "Make a row of"),
        openapi_extra={"responses": {201: {"headers": _ETAG["headers"] | _PLACE}}},
    )
    def make_row(request: ApiRequest, row: schemas.given, response: HttpResponse) -> dict[str, Any]:  # type: ignore[name-defined]
        """Make a row."""
        made = save_row(table, request.auth, _values(row))
        response["Location"] = f"{request.path}/{made.pk}"
        return _shown(table, request.auth, made, response)

    @router.patch(
        f"{path}/{{int:row}}",
        response=schemas.shown,
        url_name=f"{name}-row",
        **_named(table, "change", "Change a row of"),
        openapi_extra={"responses": {200: _ETAG}, "parameters": [_IF_MATCH]},
    )
    def change_row(
        request: ApiRequest,
        row: int,
        change: schemas.changed,  # type: ignore[name-defined]
        response: HttpResponse,
    ) -> dict[str, Any]:
        """Change what is told of a row; the rest stays."""
        with transaction.atomic():
            held = row_of(table, request.auth, row)
            visible(table, request.auth).select_for_update(of=("self",)).get(pk=held.pk)
            held.refresh_from_db()
            _must_match(request, held)
            saved = save_row(table, request.auth, _values(change), row=held)
        return _shown(table, request.auth, saved, response)


def _values(sent: BaseModel) -> dict[str, Any]:
    """What was sent, by column."""
    return {name: getattr(sent, name) for name in sent.model_fields_set}


def _asked(request: ApiRequest, asked: BaseModel) -> Asked:
    """What a list is asked for."""
    must_know(request, asked)
    known = asked.model_dump(by_alias=True, exclude_none=True)
    search, sort = known.pop("search", ""), known.pop("sort", "")
    return Asked(search, {name: text for name, text in known.items() if name not in ("cursor", "limit")}, sort)


def _etag(row: Row) -> str:
    return f'"{row.changed_at.timestamp():.6f}"'


def _must_match(request: ApiRequest, row: Row) -> None:
    """412 where the row is not the version that the client has read."""
    told = request.headers.get("If-Match")
    if told is not None and not {"*", _etag(row)} & set(parse_etags(told)):
        raise HttpError(412, "The row was changed since you read it: read it again.")


def _shown(table: RowTable, viewer: Viewer, row: Row, response: HttpResponse) -> dict[str, Any]:
    response["ETag"] = _etag(row)
    return shown_rows(table, viewer, [row])[0]


router = Router()
add_routes(router)
