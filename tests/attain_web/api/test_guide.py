"""The guide of the API says what is so: its examples work, its table of problems is the program's."""

from __future__ import annotations

import re
import shlex
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from attain_web.access.problems import KINDS
from attain_web.api import MOST
from attain_web.imports.services import hand_in, start_import, work_on
from tests.attain_web.permissions.asked import MAPPING

GUIDE = (Path(__file__).resolve().parents[3] / "docs/guide/api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
CURL = ArgumentParser()
CURL.add_argument("url")
CURL.add_argument("-s", action="store_true")
CURL.add_argument("-X", dest="method", default="GET")
CURL.add_argument("-H", dest="headers", action="append", default=[])
CURL.add_argument("-d", dest="data", default="")
CURL.add_argument("-F", dest="form", action="append", default=[])
FILES = {"accounts.csv": "account,name\nA-9,Nine\n", "mapping.yaml": MAPPING}


def test_every_problem_is_explained() -> None:
    told = re.findall(r"^\| (\d{3}) \| `urn:attain:problem:([\w-]+)` \| (.*) \|$", GUIDE, re.MULTILINE)
    assert {int(status): (kind, sentence) for status, kind, sentence in told} == KINDS
    assert f"{MOST} requests a minute" in GUIDE


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_works(example: str, everyone: Any, token_of: Callable[..., str]) -> None:
    given = {"ATTAIN": "", "TOKEN": token_of("operations"), "ROW": str(everyone.row("orders", "ann").pk)}
    given["IMPORT"] = str(_imported(everyone)) if "$IMPORT" in example else ""
    asked = CURL.parse_args(shlex.split(Template(example).substitute(given).replace("\\\n", ""))[1:])
    headers = dict(header.split(": ", 1) for header in asked.headers)
    client = Client(headers=headers)
    if asked.form:
        response = client.post(asked.url, dict(_part(one) for one in asked.form))
    else:
        response = client.generic(asked.method, asked.url, asked.data, headers.get("Content-Type", ""))
    assert response.status_code in {200, 201, 202}, response.content


def _part(text: str) -> tuple[str, Any]:
    """A part of a form: a file, or what is in one."""
    name, value = text.split("=", 1)
    if value[0] not in "<@":
        return name, value
    told = FILES[value[1:]]
    return name, told if value.startswith("<") else SimpleUploadedFile(value[1:], told.encode())


def _imported(everyone: Any) -> int:
    """An import that is in."""
    viewer = everyone.viewer("operations")
    upload = hand_in(viewer, [SimpleUploadedFile("accounts.csv", FILES["accounts.csv"].encode())])
    upload.mapping = MAPPING
    start_import(viewer, upload)
    work_on(upload.pk, viewer.user_id, dry=False)
    return upload.pk
