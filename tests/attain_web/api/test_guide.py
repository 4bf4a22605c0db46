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
from django.test import Client

from attain_web.access.problems import KINDS
from attain_web.api import MOST

GUIDE = (Path(__file__).resolve().parents[3] / "docs/guide/api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
CURL = ArgumentParser()
CURL.add_argument("url")
CURL.add_argument("-s", action="store_true")
CURL.add_argument("-X", dest="method", default="GET")
CURL.add_argument("-H", dest="headers", action="append", default=[])
CURL.add_argument("-d", dest="data", default="")


def test_every_problem_is_explained() -> None:
    told = re.findall(r"^\| (\d{3}) \| `urn:attain:problem:([\w-]+)` \| (.*) \|$", GUIDE, re.MULTILINE)
    assert {int(status): (kind, sentence) for status, kind, sentence in told} == KINDS
    assert f"{MOST} requests a minute" in GUIDE


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_works(example: str, everyone: Any, token_of: Callable[..., str]) -> None:
    given = {"ATTAIN": "", "TOKEN": token_of("operations"), "ROW": str(everyone.row("orders", "ann").pk)}
    asked = CURL.parse_args(shlex.split(Template(example).substitute(given).replace("\\\n", ""))[1:])
    headers = dict(header.split(": ", 1) for header in asked.headers)
    response = Client(headers=headers).generic(asked.method, asked.url, asked.data, headers.get("Content-Type", ""))
    assert response.status_code in {200, 201}, response.content
