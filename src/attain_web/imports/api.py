"""The API's addresses of imports: hand files in, see how far they are, undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Form, Query, Router, UploadedFile
from ninja.errors import HttpError

from attain.sources.mapping import read_mapping
from attain_web.access.api import ApiRequest, Asked, a_slice, must_know
from attain_web.access.models import ImportBatch
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import Viewer
from attain_web.imports import queries, services
from attain_web.imports.forms import FilesField, read_match
from attain_web.imports.models import Upload
from attain_web.imports.profiles import fitted
from attain_web.imports.schemas import ImportPage, ImportShown, Told
from attain_web.imports.shown import COUNTS

T = TypeVar("T")

router = Router(tags=["imports"])
_PLACE = {"Location": {"schema": {"type": "string"}, "description": "where to ask how far it is"}}


@router.get("/imports", response=ImportPage, operation_id="imports_list", url_name="imports")
def list_imports(request: ApiRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Imports, newest first, a page at a time."""
    must_know(request, asked)
    uploads = queries.uploads(request.auth).prefetch_related("batches").order_by("-pk")
    some, following = a_slice(request, uploads, cursor=asked.cursor, limit=asked.limit)
    return {"items": [_shown(one) for one in some], "next": following}


@router.post(
    "/imports",
    response={202: ImportShown},
    operation_id="imports_make",
    url_name="imports",
    openapi_extra={"responses": {202: {"headers": _PLACE}}},
)
def make_import(
    request: ApiRequest,
    files: File[list[UploadedFile]],
    told: Form[Told],
    response: HttpResponse,
) -> dict[str, Any]:
    """Hand files in and have a worker bring them in, whole or not at all, or only check them: see its Location.

    What was checked comes in by its `start`.
    """
    viewer = request.auth
    viewer.must_write(Area.IMPORTS, reach=Reach.ALL)
    (mapping, usual), again = _mapping(viewer, told), told.again == "true"
    match = _named("match", lambda: services.valid_match(read_mapping(mapping), read_match(told.match) or usual))
    queries.must_import(viewer, list(read_mapping(mapping).tables))
    given = _named("files", lambda: FilesField().clean(files))
    with transaction.atomic():
        upload = _named("files", lambda: services.hand_in(viewer, given))
        if told.profile:
            mapping = fitted(mapping, upload.folder / "files", [file["name"] for file in upload.files]) or mapping
        if told.check == "true":
            services.start_check(viewer, upload, mapping, again=again, match=match)
        else:
            upload.mapping, upload.again, upload.match = mapping, again, match
            services.start_import(viewer, upload)
    response["Location"] = f"{request.path}/{upload.pk}"
    return _shown(upload)


@router.post(
    "/imports/{int:upload}/start",
    response={202: ImportShown},
    operation_id="imports_start",
    url_name="import_start",
)
def start(request: ApiRequest, upload: int) -> dict[str, Any]:
    """Have a worker bring in what was checked."""
    found = queries.upload_of(request.auth, upload)
    request.auth.must_write(Area.IMPORTS, reach=Reach.ALL)
    if found.state != Upload.State.CHECKED:
        raise HttpError(409, _("This import was not checked, or is in already, so there is nothing to start."))
    services.start_import(request.auth, found)
    return _shown(found)


@router.get("/imports/{int:upload}", response=ImportShown, operation_id="imports_row", url_name="import")
def one_import(request: ApiRequest, upload: int) -> dict[str, Any]:
    """One import: its state, how far it is, counts and faults of each table."""
    return _shown(queries.upload_of(request.auth, upload))


@router.post("/imports/{int:upload}/undo", response=ImportShown, operation_id="imports_undo", url_name="import_undo")
def undo(request: ApiRequest, upload: int) -> dict[str, Any]:
    """Take back everything that an import did, but what others changed since."""
    found = queries.upload_of(request.auth, upload)
    request.auth.must_write(Area.IMPORTS, reach=Reach.ALL)
    batches = list(found.batches.filter(state=ImportBatch.State.DONE))
    if not batches:
        raise HttpError(409, _("Nothing of this import is in, so there is nothing to undo."))
    services.undo_batches(request.auth, batches)
    return _shown(found)


def _named(field: str, asked: Callable[[], T]) -> T:
    """What is asked for; its faults are those of a field."""
    try:
        return asked()
    except ValidationError as error:
        raise ValidationError({field: error}) from error


def _mapping(viewer: Viewer, told: Told) -> tuple[str, dict[str, Any]]:
    """The mapping that was sent, or that of the profile that was named with the columns it finds rows again by."""
    if bool(told.mapping) == bool(told.profile):
        raise ValidationError({"mapping": _("Send a mapping, or the name of a profile.")})
    if told.mapping:
        return told.mapping.replace("\r\n", "\n"), {}
    profile = queries.profiles(viewer).filter(name=told.profile).first()
    if profile is None:
        raise ValidationError({"profile": _("There is no profile of this name.")})
    return profile.mapping, profile.match


def _shown(upload: Upload) -> dict[str, Any]:
    """An import as the API gives it."""
    return {
        "id": upload.pk,
        "made_at": upload.made_at,
        "made_by": upload.made_by.name if upload.made_by else None,
        "files": upload.files,
        "state": upload.state,
        "doing": upload.told.get("doing", ""),
        "done": 100 if upload.state == Upload.State.DONE else upload.told.get("done", 0),
        "error": upload.told.get("error", ""),
        "batches": [_batch(one) for one in sorted(upload.batches.all(), key=lambda one: one.pk)],
    }


def _batch(batch: ImportBatch) -> dict[str, Any]:
    counts = {name: batch.told.get(name) for name in COUNTS}
    told = {"id": batch.pk, "table": batch.table, "file": batch.file_name, "state": batch.state}
    return told | counts | {"faults": batch.told.get("faults", [])}
