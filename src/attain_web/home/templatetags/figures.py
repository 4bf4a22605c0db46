"""Filters that write the numbers of homes: short where one looks, exact where one is paid."""

from __future__ import annotations

from decimal import Decimal

from django.template import Library
from django.utils import formats

from attain_web.home import current
from attain_web.home.current import Standing
from attain_web.look.table import number, percent

register = Library()


@register.filter
def source(standings: list[Standing]) -> str:
    """Which runs standings come from."""
    return current.source(standings)


@register.filter
def share(value: Decimal | None) -> str:
    """A part as per cent with one decimal; a dash where there is none."""
    return "–" if value is None else percent(value)


@register.filter
def whole(value: Decimal | None) -> str:
    """An amount without its decimals."""
    return "–" if value is None else number(round(value))


@register.filter
def paid(value: Decimal | None) -> str:
    """An amount of money to the cent."""
    return "–" if value is None else formats.number_format(value, 2, use_l10n=True, force_grouping=True)


@register.filter
def step(value: Decimal, unit: str) -> str:
    """What is missing to a tier: a share, or a number of what is counted, of days, of the plan's currency."""
    if unit == "ratio":
        return percent(value)
    return f"{number(round(value))} {unit}"


@register.filter
def measured(value: Decimal | None, standing: Standing) -> str:
    """The value of a measure in its unit."""
    if value is None:
        return "–"
    if standing.unit == "ratio":
        return percent(value)
    if standing.unit == "days":
        return number(round(value, 1))
    return number(round(value))


@register.filter
def drawn(value: Decimal | None) -> str:
    """How long a bar of 100 is drawn for a part."""
    return "0" if value is None else f"{min(max(value, Decimal(0)), Decimal(1)) * 100:.1f}"
