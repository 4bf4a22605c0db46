"""In plan components, products and quotients of money are made by money.py, which states type, scale and rounding."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPONENTS = sorted((ROOT / "src/attain/plans/components").glob("*.py"))

_TO_DO_INSTEAD = (
    "Products and quotients go through attain.money, which states type, scale and rounding; "
    "numbers are Decimal, written as text: Decimal('0.06')."
)


def _faults(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and description of everything that may lose a cent."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id="float") | ast.Attribute(attr="float" | "float32" | "float64"):
                yield node.lineno, "float"
            case ast.Constant(value=float() | complex()):
                yield node.lineno, f"the binary fraction {ast.unparse(node)}"
            case ast.BinOp(op=ast.Mult() | ast.Div() | ast.FloorDiv() | ast.Pow() | ast.Mod()):
                yield node.lineno, f"a bare operator in `{ast.unparse(node)}`"
            case ast.AugAssign(op=ast.Mult() | ast.Div() | ast.FloorDiv() | ast.Pow() | ast.Mod()):
                yield node.lineno, f"a bare operator in `{ast.unparse(node)}`"
            case ast.Attribute(attr="Mul" | "Div" | "IntDiv"):
                yield node.lineno, f"a product or quotient in SQL made by hand, `{ast.unparse(node)}`"


def test_there_are_components() -> None:
    assert COMPONENTS, "No plan component was found: this test would check nothing. Has the folder moved?"


@pytest.mark.parametrize("file", COMPONENTS, ids=lambda file: file.stem)
def test_component_leaves_arithmetic_to_money(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    faults = [f"{file.relative_to(ROOT)}:{line}: {what}" for line, what in sorted(_faults(tree))]
    assert not faults, "\n".join([*faults, _TO_DO_INSTEAD])


@pytest.mark.parametrize(
    "code",
    [
        "pay = rate * amount", "pay = amount / quota", "pay *= rate", "rate = 0.06", "rate: float = 0", "float('1')",
        "exp.Mul(this=a, expression=b)", "exp.Div(this=a, expression=b)", "pa.float64()", "rest = amount % step",
    ],
)  # fmt: skip
def test_a_fault_is_found(code: str) -> None:
    assert list(_faults(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ["def f(*rows, **names): g(*rows, **names)", "total = pay + draw - 2", "Decimal('0.06')"]
)
def test_no_fault_is_found(code: str) -> None:
    assert not list(_faults(ast.parse(code)))
