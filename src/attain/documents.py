"""Documents people write (plans, mappings): YAML with exact decimals, where every fault is told with its line."""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode
from ruamel.yaml.reader import Reader, ReaderError
from ruamel.yaml.scanner import RoundTripScanner, ScannerError

from attain.errors import AttainError, Fault

Place = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

MOST_VALUES = 200_000
"""Values that a document may hold once its anchors are written out."""

MOST_SIGNS = 20_000
"""Words and signs that a document may have: what has more takes many seconds to read."""

MOST_LEVELS = 50
"""How deep a document may nest."""

MOST_CHARACTERS = 200_000
"""Characters that a document may have."""


class _RefusedError(YAMLError):
    """What is YAML, and yet no document of ours."""

    def __init__(self, message: str, advice: str, mark: Any) -> None:
        super().__init__(message)
        self.advice, self.line, self.column = advice, mark.line + 1, mark.column + 1


class _ExactConstructor(RoundTripConstructor):
    """ruamel's round trip, in which a number with a point is an exact decimal and a code such as 007 stays text."""

    def construct_document(self, node: Any) -> Any:
        """The content, unless it would be too much of it."""
        size, depth = _size(node, {}, ())
        if size > MOST_VALUES:
            message = f"it holds more than {MOST_VALUES:,} values once its anchors are written out"
            raise _RefusedError(message, "Write fewer anchors.", node.start_mark)
        if depth > 2 * MOST_LEVELS:  # a list below a key need not be indented
            raise _RefusedError("it nests too deeply", _LEVELS_ADVICE, node.start_mark)
        return super().construct_document(node)


def _told(construct: Callable[[Any, ScalarNode], Any], what: str) -> Callable[[Any, ScalarNode], Any]:
    """The same, with what cannot be read told at its place."""

    def construct_or_tell(constructor: Any, node: ScalarNode) -> Any:
        try:
            return construct(constructor, node)
        except (ValueError, ArithmeticError):
            raise ConstructorError(None, None, f"'{node.value[:40]}' is no {what}", node.start_mark) from None

    return construct_or_tell


def _decimal(_: Any, node: ScalarNode) -> Decimal:
    return Decimal(node.value.replace("_", ""))


def _integer(constructor: Any, node: ScalarNode) -> Any:
    is_code = re.fullmatch(r"[+-]?0\d+", node.value)
    return node.value if is_code else RoundTripConstructor.construct_yaml_int(constructor, node)


for _tag, _construct, _what in (
    ("float", _decimal, "exact number"),
    ("int", _integer, "whole number"),
    ("timestamp", RoundTripConstructor.construct_yaml_timestamp, "date"),
):
    _ExactConstructor.add_constructor(f"tag:yaml.org,2002:{_tag}", _told(_construct, _what))


class _PlainScanner(RoundTripScanner):
    """ruamel's, without what makes text mean something else: tags (``!!float``) and directives (``%YAML 1.1``).

    Its time grows with the signs of a text and how deep they nest: of both there is an end.
    """

    def fetch_more_tokens(self) -> Any:
        """Read on, unless it is too much or too deep."""
        if len(self.flow_context) + len(self.indents) > MOST_LEVELS:
            raise _RefusedError("it nests too deeply", _LEVELS_ADVICE, self.reader.get_mark())
        if self.tokens_taken + len(self.tokens) > MOST_SIGNS:
            message = f"it has more than {MOST_SIGNS:,} words and signs"
            raise _RefusedError(message, "Shorten it: long lists belong in the tables.", self.reader.get_mark())
        return super().fetch_more_tokens()

    def fetch_tag(self) -> None:
        """Refuse it."""
        raise ScannerError(None, None, "a tag or directive ('!' or '%') has no place here", self.reader.get_mark())

    fetch_directive = fetch_tag


@dataclass(frozen=True)
class Document:
    """The text of a document, its content as plain data, and where each part of it stands."""

    name: str
    text: str
    content: Any

    def position(self, path: Place, *, of: Literal["value", "key"] = "value") -> tuple[int, int]:
        """Line and column (from 1) of the value at a path of keys (or its key), or of the nearest part around it."""
        node, place = self.content, (1, 1)
        for step in path:
            marks, key = getattr(node, "lc", None), _key_in(node, step)
            if marks is None or key is None:
                break
            try:
                if isinstance(node, Mapping):
                    line, column = marks.key(key) if of == "key" else marks.value(key)
                else:
                    line, column = marks.item(key)
            except KeyError:  # it comes from an anchor that is merged in
                break
            node = node[key]
            place = (line + 1, column + 1)
        return place

    def fault(
        self,
        path: Place,
        *,
        check: str,
        message: str,
        advice: str,
        of: Literal["value", "key"] = "value",
        **more: Any,
    ) -> Fault:
        """A fault at the place of that path."""
        line, column = self.position(path, of=of)
        return Fault(check=check, message=message, advice=advice, file=self.name, line=line, position=column, **more)


def _key_in(node: Any, step: str | int) -> Any:
    """A step of a path as the key or number it is in a node; None where it is none there."""
    if isinstance(node, Mapping):
        return step if step in node else next((key for key in node if _text(key) == step), None)
    is_list = isinstance(node, Sequence) and not isinstance(node, str)
    return step if is_list and isinstance(step, int) and step < len(node) else None


def read_document(source: Path | str, *, name: str | None = None) -> Document:
    """Read a YAML file (a Path) or text (a str); raises AttainError with the place where it is no YAML."""
    name = name or (str(source) if isinstance(source, Path) else "<text>")
    text = _text_of(source, name) if isinstance(source, Path) else source
    if len(text) > MOST_CHARACTERS:
        raise _unreadable(name, f"it has more than {MOST_CHARACTERS:,} characters", advice="Shorten it.")
    yaml = YAML(typ="rt")
    yaml.Constructor, yaml.Scanner = _ExactConstructor, _PlainScanner
    try:
        content = yaml.load(io.StringIO(text))
    except _RefusedError as error:
        raise _unreadable(name, str(error), line=error.line, column=error.column, advice=error.advice) from error
    except MarkedYAMLError as error:
        problem = str(error.problem or error.context or "not readable").split("\n")[0]
        told = next((words for sign, words in _WORDS.items() if sign in problem), None)
        begins = told and error.context_mark and "scanning" in str(error.context)
        mark = error.context_mark if begins else error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _unreadable(name, f"this is not YAML: {told or problem}", line=line, column=column) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _unreadable(name, f"this is not YAML: {error.character!a} is no character", line=line) from error
    except (YAMLError, RecursionError, ValueError) as error:
        problem = "it nests too deeply" if isinstance(error, RecursionError) else str(error).split("\n")[0]
        raise _unreadable(name, f"this is not YAML: {problem}") from error
    return Document(name, text, content)


_WORDS = {
    "could not find expected ':'": "this line is no 'key: value'",
    "mapping values are not allowed here": "a second ': ' stands in this line",
    "unexpected end of stream": "a quote is opened here and never closed",
    "expected <block end>": "this line's indentation does not fit the lines above",
    "found character '\\t'": "a tab stands where blanks belong",
}
"""What the reader says, by a part of it, in words for whoever writes."""
_ADVICE = "Check the indentation, and put quotes around text that holds ': ' or begins with a sign."
_LEVELS_ADVICE = f"Take out brackets and indentation: at most {MOST_LEVELS} levels are read."


def _unreadable(name: str, message: str, *, line: int = 1, column: int = 1, advice: str = _ADVICE) -> AttainError:
    return AttainError([Fault(check="yaml", message=message, file=name, line=line, position=column, advice=advice)])


def _text_of(file: Path, name: str) -> str:
    """The text of a file, with or without a byte-order mark."""
    try:
        written = file.read_bytes()
    except OSError as error:
        told = (error.strerror or "not readable").lower()
        raise _unreadable(name, f"the file cannot be read: {told}", advice="Correct its name.") from error
    try:
        return written.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = written.count(b"\n", 0, error.start) + 1
        column = error.start - written.rfind(b"\n", 0, error.start)
        message = f"the file is not written in UTF-8: byte {written[error.start]:#04x}"
        raise _unreadable(name, message, line=line, column=column, advice="Save it as UTF-8.") from None


def _size(node: Any, known: dict[int, tuple[int, int]], above: tuple[int, ...]) -> tuple[int, int]:
    """The values in a node with its anchors written out, and its levels; each anchor is counted once.

    Raises ValueError for a ring, and _RefusedError for an escape of what a text itself may not hold.
    """
    if id(node) in above:
        raise ValueError("an anchor holds itself")
    if isinstance(node, ScalarNode):
        escaped = node.value if node.style == '"' else ""
        if found := Reader.NON_PRINTABLE.search(escaped):
            raise _RefusedError(f"{found[0]!a} is no character", "Take out its escape.", node.start_mark)
        return 1, 0
    if id(node) not in known:
        parts = chain.from_iterable(node.value) if isinstance(node, MappingNode) else node.value
        found = [_size(part, known, (*above, id(node))) for part in parts]
        sizes, depths = zip((1, 0), *found, strict=True)
        known[id(node)] = sum(sizes), 1 + max(depths)
    return known[id(node)]


def validate(document: Document, model: type[Model]) -> Model:
    """The document as that model; raises AttainError with every fault found, each with its line."""
    if not isinstance(document.content, Mapping):
        required = [name for name, field in model.model_fields.items() if field.is_required()]
        advice = f"It needs {', '.join(required)}." if required else f"It may have {', '.join(model.model_fields)}."
        message = "the document has no 'key: value' lines"
        raise AttainError([document.fault((), check="document", message=message, advice=advice)])
    try:
        return model.model_validate(plain(document.content))
    except ValidationError as error:
        raise AttainError(faults_of(error, document, model=model)) from error


def faults_of(
    error: ValidationError, document: Document, *, under: Place = (), model: type[BaseModel] | None = None
) -> list[Fault]:
    """Every fault of a pydantic error, placed in the document below the path ``under``.

    With the ``model`` that was validated, an unknown key is told with the nearest one that it has.
    """
    placed = [(one, _path_in(document, under, one["loc"])) for one in error.errors()]
    deeper = {path[:length] for _, path in placed for length in range(len(path))}
    # Of a union every member speaks up; the one that takes lists at all knows best what is wrong inside one.
    told = [
        _fault_of(one, path, document, model) for one, path in placed if not (_is_container(one) and path in deeper)
    ]
    return list(dict.fromkeys(told))


def _is_container(one: Any) -> bool:
    """Whether a fault is of a whole list or mapping; that it is too short may follow from what is wrong inside."""
    return isinstance(one.get("input"), (dict, list)) and str(one["type"]).endswith(("_type", "too_short"))


def _fault_of(one: Any, path: Place, document: Document, model: type[BaseModel] | None) -> Fault:
    kind, last = one["type"], one["loc"][-1] if one["loc"] else ""
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(last), _known_keys(model, one["loc"][:-1]), n=1)
        advice = f"Did you mean {near[0]}?" if near else "Take it out, or check how it is spelled."
        return document.fault(path, check="unknown-key", message=f"'{last}' is not known here", advice=advice, of="key")
    if kind == "missing":
        advice = "Add it: it has no default."
        return document.fault(path, check="missing-key", message=f"'{last}' is missing", advice=advice)
    message = one["msg"].removeprefix("Value error, ")
    written = one.get("input")
    told = f"'{'.'.join(map(str, path))}': {message}" if path else message
    told += "" if isinstance(written, (dict, list)) else f" (it says {written!s})"
    return document.fault(path, check="wrong-value", message=told, advice="Write a value of the kind it asks for.")


def _path_in(document: Document, under: Place, loc: Sequence[str | int]) -> Place:
    """The steps of pydantic's path that are in the document (names of union members are not)."""
    node, path = document.content, []
    for step in (*under, *loc):
        key = _key_in(node, step)
        if key is not None:
            node = node[key]
            path.append(step)
    return tuple(path)


def _known_keys(model: type[BaseModel] | None, loc: Sequence[str | int]) -> list[str]:
    """The keys that a model knows at a path inside it."""
    models = [model] if model else []
    for step in loc:
        fields = [field for one in models for name, field in one.model_fields.items() if step in (name, field.alias)]
        models = [found for field in fields for found in _models_in(field.annotation)] or models
    return [field.alias or name for one in models for name, field in one.model_fields.items()]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models_in(part)]


def plain(value: Any) -> Any:
    """The content without its marks: dicts, lists, text, int, Decimal, date, bool, None."""
    if isinstance(value, Mapping):
        return {_text(key): plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return str(value)
    return int(value) if isinstance(value, int) else value


def _text(key: Any) -> str:
    """A key as text."""
    return str(key).lower() if isinstance(key, bool) else "null" if key is None else str(key)
