"""The grammar of formulas: from text to a tree of what the white list allows, with the place of each fault."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.tokenizer_core import Token

ALLOWED = (
    "and or not, = <> < <= > >=, is null, in (…), between, like, + - *, round, abs, least, greatest, coalesce, "
    "nullif, case when … then … else … end, lower, upper, trim, ||, date '2026-01-31', year(…), month(…)"
)
"""What a formula may hold, as told to who writes one."""

MAX_LENGTH, MAX_NESTING, MAX_DEPTH, MAX_NUMBER_DIGITS = 2000, 20, 50, 20
"""How long a formula may be, how deep its parentheses and its operators may nest, and the digits of a number in it."""

CHAINS = (exp.And, exp.Or, exp.Add, exp.Mul, exp.DPipe)
"""What may be repeated without nesting: ``a and b and c`` is one."""

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_TWO = ("this", "expression")
_MANY = ("this", "expressions", "ignore_nulls")

# The white list: the kinds of nodes, and which parts each may have.
_PARTS: dict[type[exp.Expr], tuple[str, ...]] = {
    **dict.fromkeys((exp.And, exp.Or, exp.Add, exp.Sub, exp.Mul, *_COMPARISONS, exp.Is, exp.Nullif), _TWO),
    **dict.fromkeys((exp.Not, exp.Neg, exp.Abs, exp.Paren, exp.Lower, exp.Upper, exp.Trim, exp.Year), ("this",)),
    **dict.fromkeys((exp.Month, exp.Column, exp.Boolean, exp.DataType), ("this",)),
    **dict.fromkeys((exp.Coalesce, exp.Least, exp.Greatest, exp.In), _MANY),
    **dict.fromkeys((exp.Like, exp.ILike), (*_TWO, "negate")),
    exp.DPipe: (*_TWO, "safe"),
    exp.Between: ("this", "low", "high"),
    exp.Round: ("this", "decimals"),
    exp.Case: ("ifs", "default"),
    exp.If: ("this", "true"),
    exp.Identifier: ("this", "quoted"),
    exp.Literal: ("this", "is_string"),
    exp.Null: (),
    exp.Cast: ("this", "to"),
}


class FormulaError(ValueError):
    """A formula is wrong: what, at which line and column of it, and what to write instead."""

    def __init__(self, message: str, advice: str, *, line: int = 1, position: int = 1) -> None:
        super().__init__(message)
        self.message, self.advice, self.line, self.position = message, advice, line, position


@dataclass(frozen=True)
class Written:
    """A formula as it was written, which tells where in it a fault is."""

    text: str

    def error(self, node: exp.Expr, message: str, advice: str) -> FormulaError:
        """A fault at the place of a node, which stands in quotes before the message."""
        told = _sql(node)
        told = told if told.startswith("'") and isinstance(node, exp.Literal) else f"'{told}'"
        return error_at(self.text, _start_of(node, self.text), f"{told} {message}", advice)


def parse_one(text: str) -> exp.Expr:
    """The tree of a text that is one expression without comments; raises FormulaError."""
    if len(text) > MAX_LENGTH:
        advice = "Make two measures or components of it."
        raise FormulaError(f"the formula has {len(text):,} characters, and {MAX_LENGTH:,} are the most", advice)
    if strange := re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", text):
        raise error_at(text, strange.start(), f"{strange.group()!a} is no character of a formula", "Take it out.")
    try:
        _check_tokens(text, sqlglot.tokenize(text, read="duckdb"))
        trees = sqlglot.parse(text, read="duckdb")
    except TokenError as error:
        raise _unclosed(text) from error
    except ParseError as error:
        raise _unparsed(text, error) from error
    except RecursionError:
        raise _too_deep(text, 0) from None
    if len(trees) != 1 or trees[0] is None:
        raise FormulaError("there is no formula", "Write one condition or one amount.")
    for column in list(trees[0].find_all(exp.Column)):
        _join_path(column)
    return trees[0]


def _join_path(column: exp.Column) -> None:
    """Make one name of a path such as ``account.industry``."""
    first, *others = column.parts
    if others:
        path = exp.Identifier(this=".".join(part.name for part in (first, *others)), quoted=False)
        path.meta.update(first.meta)
        column.replace(exp.Column(this=path)) if column.parent else column.args.update(this=path, table=None)


def _check_tokens(text: str, tokens: Iterable[Token]) -> None:
    """Refuse comments, semicolons and what nests too deeply for a parser."""
    opened: list[TokenType] = []
    signs = 0
    for token in tokens:
        if token.comments:
            raise error_at(text, token.start, "a formula has no comments", "Write the comment in the document.")
        if token.token_type == TokenType.SEMICOLON:
            raise error_at(text, token.start, "';' ends a formula", "Write one condition or one amount, without ';'.")
        signs = signs + 1 if token.token_type in (TokenType.NOT, TokenType.DASH, TokenType.PLUS) else 0
        if token.token_type in (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE):
            opened.append(token.token_type)
        elif opened and token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END):
            opened.pop()
        if len(opened) + signs > MAX_NESTING:
            raise _too_deep(text, token.start)


def _too_deep(text: str, start: int) -> FormulaError:
    return error_at(text, start, "the formula nests too deeply", "Make two measures or components of it.")


def _unclosed(text: str) -> FormulaError:
    """The fault of a text that no words can be told in: mostly a quote that nobody closed."""
    rest = re.sub(r"'[^']*'|\"[^\"]*\"", lambda found: " " * len(found.group()), text)
    quote = re.search(r"['\"]", rest)
    if not quote:
        return FormulaError(f"'{text}' is no formula", f"A formula may hold: {ALLOWED}.")
    message = f"the text that begins with {quote.group()} has no end"
    return error_at(text, quote.start(), message, "Close it with the same quote; write a quote in a text twice: ''.")


def _unparsed(text: str, error: ParseError) -> FormulaError:
    first = error.errors[0] if error.errors else {}
    word, description = str(first.get("highlight") or ""), str(first.get("description") or "")
    message = f"'{text}' is no formula" + (f" at '{word}'" if word else "")
    if description.startswith("Expecting )"):
        message = "a '(' has no ')'"
    elif "END after CASE" in description:
        message = "a 'case' has no 'end'"
    position = max(1, int(first.get("col") or 1) - len(word) + 1)
    return FormulaError(message, f"A formula may hold: {ALLOWED}.", line=int(first.get("line") or 1), position=position)


def error_at(text: str, start: int, message: str, advice: str) -> FormulaError:
    """A fault at a character of the text."""
    lines = re.split(r"\r\n|\r|\n", text[:start])
    return FormulaError(message, advice, line=len(lines), position=len(lines[-1]) + 1)


def _start_of(node: exp.Expr, text: str) -> int:
    """Where a node begins in the text, as far as it or what is in it, else its words, else what is around it, knows."""
    starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
    if starts:
        return int(min(starts))
    if words := re.search(re.escape(_sql(node)), text, re.IGNORECASE):
        return words.start()
    return _start_of(node.parent, text) if node.parent else 0


def _sql(node: exp.Expr) -> str:
    return node.sql("duckdb", unsupported_level=ErrorLevel.IGNORE)


def check_grammar(tree: exp.Expr, written: Written) -> None:
    """Raise FormulaError for the first thing in a tree that is not on the white list, or nests too deeply."""
    depths: dict[int, int] = {}
    for node in tree.walk():
        _check_node(node, written)
        parent = node.parent
        chained = isinstance(node, CHAINS) and type(parent) is type(node)
        depths[id(node)] = (depths.get(id(parent), 0) if parent else 0) + (not chained)
        if depths[id(node)] > MAX_DEPTH:
            raise _too_deep(written.text, _start_of(node, written.text))


def _check_node(node: exp.Expr, written: Written) -> None:
    """Refuse what is not on the white list."""
    if isinstance(node, exp.Literal) and not node.is_string:
        _check_number(node, written)
    why, advice = "may not stand in a formula", f"A formula may hold: {ALLOWED}."
    if isinstance(node, (exp.Div, exp.IntDiv)):
        why, advice = (
            "divides, which is not exact",
            "Multiply the other side instead, or define a measure of kind ratio.",
        )
    elif isinstance(node, exp.Cast) and not (
        type(node) is exp.Cast and node.to.is_type("date") and node.this.is_string
    ):
        why, advice = "changes a type", "Only date '2026-01-31' may be written so."
    elif isinstance(node, exp.In) and not node.expressions:
        why, advice = "names no values", "Write the values: in ('a', 'b')."
    elif isinstance(node, exp.Case) and node.this:
        why, advice = "compares in short", "Write: case when x = … then … else … end."
    elif _is_allowed(node):
        return
    raise written.error(node, why, advice)


def _is_allowed(node: exp.Expr) -> bool:
    """Whether a node is on the white list, and so are its parts; ``if`` stands in a ``case`` only."""
    if type(node) is exp.If and not isinstance(node.parent, exp.Case):
        return False
    parts = {key for key, part in node.args.items() if part}
    return type(node) in _PARTS and parts <= {*_PARTS[type(node)]}


def _check_number(node: exp.Literal, written: Written) -> None:
    if not re.fullmatch(r"\d+\.?\d*|\.\d+", node.name):
        raise written.error(node, "is a floating-point number", "Write its digits out.")
    if len(node.name.replace(".", "")) > MAX_NUMBER_DIGITS:
        raise written.error(node, f"has more than {MAX_NUMBER_DIGITS} digits", "Write it with fewer.")
