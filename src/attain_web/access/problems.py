"""What the API answers when it cannot do what was asked: problem documents (RFC 9457), one shape for every fault."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import errors as ninja
from ninja.parser import Parser
from pydantic import BaseModel, Field

from attain.errors import AttainError
from attain_web.access.viewer import NotAllowedError

JSON, PROBLEM = "application/json", "application/problem+json"

KINDS = {
    400: ("unreadable", "What was sent cannot be read."),
    401: ("sign-in", "Send a valid token as “Authorization: Bearer …”."),
    403: ("not-allowed", "Your roles let you see this, but not do it."),
    404: ("not-found", "There is nothing here, or nothing that you may see."),
    405: ("method", "This address does not know this method."),
    406: ("not-acceptable", "Answers are JSON: accept application/json."),
    409: ("conflict", "This contradicts what is there."),
    412: ("changed", "It was changed since you read it: read it again."),
    413: ("too-large", "What was sent is too large."),
    415: ("media-type", "Send the content type that this address takes."),
    422: ("invalid", "Something that was sent cannot be so."),
    429: ("too-many", "Too many requests: wait before the next one."),
    500: ("fault", "A fault of ours. It was written down."),
}
"""By status: the last word of the problem's type, and what is told where nothing better is known."""

_STATUS: dict[type[Exception], int] = {
    ninja.Throttled: 429,
    ninja.AuthenticationError: 401,
    Http404: 404,
    RequestDataTooBig: 413,
    SuspiciousOperation: 400,
    IntegrityError: 409,
}
_log = logging.getLogger("django.request")


class Fault(BaseModel):
    """One thing that is wrong, and where: a JSON pointer into the body, or the name of a parameter."""

    detail: str
    pointer: str | None = Field(None, examples=["#/amount"])
    parameter: str | None = None


class Problem(BaseModel):
    """Why something could not be done (RFC 9457)."""

    type: str = Field(examples=["urn:attain:problem:invalid"])
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Fault] = []


class JsonBody(Parser):
    """Reads bodies that are JSON and say so."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as Python values; numbers that JSON does not have are refused."""
        if request.content_type != JSON:
            raise ninja.HttpError(415, f"Send {JSON}.")
        return json.loads(request.body, parse_constant=_refuse)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def answer(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """The problem document that an exception becomes."""
    if isinstance(error, ninja.HttpError) and isinstance(error.__cause__, ninja.HttpError):
        error = error.__cause__  # reading the body found it, and it was told as what cannot be read
    match error:
        case ninja.ValidationError():
            return problem(request, 422, faults=[_fault_of(one) for one in error.errors])
        case ValidationError():
            return problem(request, 422, faults=list(_faults_of(error)))
        case AttainError():
            return problem(request, 422, faults=[Fault(detail=str(one)) for one in error.faults])
        case NotAllowedError():
            return problem(request, 403, str(error))
    for kind, status in _STATUS.items():
        if isinstance(error, kind):
            return problem(request, status)
    if isinstance(error, ninja.HttpError):
        return problem(request, error.status_code, str(error))
    _log.error("A fault in the API at %s", request.path, exc_info=error if isinstance(error, Exception) else None)
    return problem(request, 500)


def problem(request: HttpRequest, status: int, detail: str = "", *, faults: Iterable[Fault] = ()) -> HttpResponse:
    """A problem document as a response."""
    kind, usually = KINDS[status]
    told = Problem(
        type=f"urn:attain:problem:{kind}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail or usually,
        instance=request.path,
        errors=list(faults),
    )
    response = HttpResponse(told.model_dump_json(exclude_none=True), status=status, content_type=PROBLEM)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="Attain"'
    return response


def as_problem(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """A view of the API whose every fault, whoever finds it, is a problem document."""

    @wraps(view)
    def safe(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        method = request.method
        if method == "HEAD":  # answered as GET; the server leaves the body out
            request.method = "GET"
        try:
            is_json = request.accepts(JSON) or request.accepts(PROBLEM)
            response = view(request, *args, **kwargs) if is_json else problem(request, 406)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is answered by a problem
            response = answer(request, error)
        request.method = method
        if response.status_code in KINDS and response["Content-Type"] != PROBLEM:
            told, response = response, problem(request, response.status_code)
            if "Allow" in told.headers:
                response["Allow"] = told["Allow"]
        response["Cache-Control"] = "no-store"
        return response

    return safe


def _fault_of(error: dict[str, Any]) -> Fault:
    """What the library that reads requests found: its places begin with where, and for bodies the argument's name."""
    source, *path = error["loc"]
    if source == "body":
        return Fault(detail=error["msg"], pointer=_pointer(path[1:]))
    return Fault(detail=error["msg"], parameter=".".join(str(one) for one in path))


def _faults_of(error: ValidationError) -> Iterable[Fault]:
    """What a service found, by column."""
    told = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    for name, messages in told.items():
        pointer = _pointer([] if name == NON_FIELD_ERRORS else [name])
        yield from (Fault(detail=message, pointer=pointer) for message in messages)


def _pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901) as a fragment."""
    return "#" + "".join("/" + str(one).replace("~", "~0").replace("/", "~1") for one in path)
