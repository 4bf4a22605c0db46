"""The API: the same services and queries as the pages, under /api/v1/."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError

from attain_web.access.api import PerMinute, Token
from attain_web.access.api import router as access
from attain_web.access.problems import KINDS, PROBLEM, JsonBody, Problem, answer, as_problem
from attain_web.imports.api import router as imports
from attain_web.measures.api import router as measures
from attain_web.payouts.api import router as payouts
from attain_web.people.api import router as people
from attain_web.plans.api import router as plans
from attain_web.rows.api import router as rows
from attain_web.statements.api import router as statements

MOST = 1200
"""Requests that one user may send in a minute, to each worker."""
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Api(NinjaAPI):
    """An API whose every fault is a problem document, and that says so in its OpenAPI document."""

    @property
    def urls(self) -> tuple[list[Any], str, str]:
        """Its addresses."""
        patterns, app, namespace = super().urls
        for pattern in patterns:
            if pattern.callback:
                pattern.callback = as_problem(pattern.callback)
        return patterns, app, namespace

    def get_openapi_schema(self, **told: Any) -> Any:
        """The OpenAPI document, with every problem that an operation may answer."""
        document = super().get_openapi_schema(**told)
        components = document["components"]
        components["schemas"]["Problem"] = schema = Problem.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
        components["schemas"] |= schema.pop("$defs")
        content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        components["responses"] = {
            f"Problem{status}": {"description": sentence, "content": content} for status, (_, sentence) in KINDS.items()
        }
        for methods in document["paths"].values():
            for method, operation in methods.items():
                for status in _problems(method):
                    operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
        text = json.dumps(document)
        for name in [name for name in components["schemas"] if f'schemas/{name}"' not in text]:
            del components["schemas"][name]  # what lists are asked for is told parameter by parameter
        return document


def _problems(method: str) -> list[int]:
    """Statuses of the problems that an operation may answer."""
    found = [401, 404, 406, 422, 429, 500]
    if method != "get":
        found += [400, 403, 409, 413, 415]
    if method == "patch":
        found += [412]
    return found


throttle = PerMinute(MOST)
api = Api(
    title="Attain",
    version="1",
    description="Sales performance management. Every request carries a token: `Authorization: Bearer …`.",
    docs_url=None,
    openapi_url=None,
    auth=Token(),
    throttle=throttle,
    parser=JsonBody(),
)
for kind in (Exception, Http404, HttpError, ValidationError):
    api.add_exception_handler(kind, answer)
for router in (access, people, measures, plans, imports, payouts, rows, statements):
    api.add_router("", router)


@api.get("/openapi.json", include_in_schema=False, url_name="openapi")
def openapi(request: HttpRequest) -> Any:  # noqa: ARG001
    """The OpenAPI document."""
    return api.get_openapi_schema()


anything_else = Router()


@anything_else.api_operation(METHODS, "/{path:rest}", include_in_schema=False, url_name="unknown")
def unknown(request: HttpRequest, rest: str) -> None:  # noqa: ARG001
    """What does not exist."""
    raise Http404


api.add_router("", anything_else)
