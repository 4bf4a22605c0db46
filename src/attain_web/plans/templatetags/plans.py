"""Filters for the pages of plans: amounts, moments, lines of a text."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.template import Library

from attain_web.look.table import number

register = Library()


@register.filter
def lines(text: str) -> list[str]:
    """The lines of a text."""
    return text.splitlines()


@register.filter
def moment(at: datetime | None) -> str:
    """A moment to the microsecond, as a form gives it back."""
    return at.isoformat() if at else ""


@register.filter
def money(amount: Decimal) -> str:
    """An amount, grouped, with at least two digits."""
    return number(amount, is_money=True)


@register.filter
def signed(amount: Decimal) -> str:
    """An amount with its sign, also where there is more of it."""
    return f"{'+' if amount > 0 else ''}{money(amount)}"


@register.filter
def shown(value: Any) -> str:
    """A value of a worked example: a number, or numbers by what they are of."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {number(one)}" for name, one in value.items())
    return number(value)
