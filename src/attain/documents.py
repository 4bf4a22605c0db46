"""Documents people write (plans, mappings): YAML with exact decimals, where every fault is told with its line."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import ScalarNode

from attain.errors import AttainError, Fault

Place = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


class _ExactConstructor(RoundTripConstructor):  # type: ignore[misc]  # ruamel has no types
    """ruamel's round trip with one change: a number with a point is an exact decimal."""


def _construct_decimal(_: Any, node: ScalarNode) -> Decimal:
    return Decimal(node.value.replace("_", ""))


_ExactConstructor.add_constructor("tag:yaml.org,2002:float", _construct_decimal)


@dataclass(frozen=True)
class Document:
    """The text of a document, its content as plain data, and where each part of it stands."""

    name: str
    text: str
    content: Any

    def position(self, path: Place) -> tuple[int, int]:
        """Line and column (from 1) of the value at a path of keys, or of the nearest part around it."""
        node, place = self.content, (1, 1)
        for key in path:
            marks = getattr(node, "lc", None)
            if marks is None:
                break
            try:
                line, column = marks.value(key) if isinstance(node, Mapping) else marks.item(key)
                node = node[key]
            except (KeyError, IndexError, TypeError):
                break
            place = (line + 1, column + 1)
        return place

    def fault(self, path: Place, *, check: str, message: str, advice: str, **more: Any) -> Fault:
        """A fault at the place of that path."""
        line, column = self.position(path)
        return Fault(check=check, message=message, advice=advice, file=self.name, line=line, position=column, **more)


def read_document(source: Path | str, *, name: str | None = None) -> Document:
    """Read a YAML file (a Path) or text (a str); raises AttainError with the place where it is no YAML."""
    text = source.read_text(encoding="utf-8-sig") if isinstance(source, Path) else source
    name = name or (str(source) if isinstance(source, Path) else "<text>")
    yaml = YAML(typ="rt")
    yaml.Constructor = _ExactConstructor
    try:
        content = yaml.load(io.StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = str(error.problem or error.context or "not readable").split("\n")[0]
        raise AttainError(
            [
                Fault(
                    check="yaml", message=f"this is not YAML: {problem}", file=name, line=line, position=column,
                    advice="Check the indentation, and put quotes around text that holds ': ' or begins with a sign.",
                )
            ]
        ) from error
    return Document(name, text, content)


def validate(document: Document, model: type[Model]) -> Model:
    """The document as that model; raises AttainError with every fault found, each with its line."""
    if not isinstance(document.content, Mapping):
        raise AttainError([document.fault((), check="document", message="the document has no 'key: value' lines",
                                          advice=f"It needs {_required(model)}.")])
    try:
        return model.model_validate(plain(document.content))
    except ValidationError as error:
        raise AttainError(faults_of(error, document)) from error


def faults_of(error: ValidationError, document: Document, *, under: Place = ()) -> list[Fault]:
    """Every fault of a pydantic error, placed in the document below the path ``under``."""
    return [_fault_of(one, document, under) for one in error.errors()]


def _fault_of(one: Any, document: Document, under: Place) -> Fault:
    path = under + tuple(key for key in one["loc"] if _is_in(document, under, one["loc"], key))
    key = ".".join(str(part) for part in one["loc"])
    kind, message = one["type"], one["msg"].removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return document.fault(path, check="unknown-key", message=f"'{one['loc'][-1]}' is not known here",
                              advice="Take it out, or check how it is spelled.")
    if kind == "missing":
        return document.fault(path, check="missing-key", message=f"'{one['loc'][-1]}' is missing",
                              advice="Add it: it has no default.")
    written = one.get("input")
    told = f"'{key}': {message}" + ("" if isinstance(written, (dict, list)) else f" (it says {written!s})")
    return document.fault(path, check="wrong-value", message=told, advice="Write a value of the kind it asks for.")


def _is_in(document: Document, under: Place, loc: Sequence[str | int], key: str | int) -> bool:
    """Whether a step of pydantic's path is in the document (names of union members are not)."""
    node = document.content
    for step in (*under, *loc):
        if isinstance(node, Mapping) and step in node:
            node = node[step]
        elif isinstance(node, Sequence) and not isinstance(node, str) and isinstance(step, int) and step < len(node):
            node = node[step]
        elif step == key:
            return False
        else:
            continue
        if step == key:
            return True
    return False


def plain(value: Any) -> Any:
    """The content without its marks: dicts, lists, text, int, Decimal, date, bool, None."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return str(value)
    return int(value) if isinstance(value, int) else value


def _required(model: type[BaseModel]) -> str:
    return ", ".join(name for name, field in model.model_fields.items() if field.is_required())
