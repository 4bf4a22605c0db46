"""Every check of data by its name: whether what it finds stops a calculation, and what that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attain.errors import Fault, Severity

SEVERITIES: dict[str, tuple[Severity, str]] = {
    "missing-file": ("error", "a file that the mapping names, or a table that is needed, is not there"),
    "unreadable-file": ("error", "a file cannot be read: encoding, quotes, delimiter, differing Parquet files"),
    "header": ("error", "a header is empty or names a column twice"),
    "too-many-digits": ("error", "a number has more digits than there is room for"),
    "row-length": ("error", "a row has not as many values as the header"),
    "missing-column": ("error", "a column that is needed is not there"),
    "formula": ("error", "a formula of the mapping is wrong"),
    "wrong-type": ("error", "a value is not of its column's type"),
    "binary-number": ("warning", "a column holds binary floating point and is read as decimals with six digits"),
    "empty-value": ("error", "a column that may not be empty is empty"),
    "empty-reference": ("warning", "a fact names no participant, account or product"),
    "duplicate-key": ("error", "two rows have the same key"),
    "unknown-participant": ("error", "a row names a participant that the participants do not have"),
    "unknown-reference": ("warning", "a row names an account, product or territory that its own table does not have"),
    "unknown-fact": ("warning", "a split names a fact that is not there, so that nobody shares in it"),
    "end-before-start": ("error", "a version or a quota ends before it begins"),
    "overlap": ("error", "two versions hold on the same day"),
    "split-total": ("error", "the shares of a fact do not total 100"),
    "unknown-choice": ("error", "a value is none of those that its column may have"),
    "reporting-ring": ("error", "people report to one another in a ring"),
    "unknown-currency": ("error", "a row is in a currency that the plan does not know"),
    "territory-contradiction": ("warning", "a participant's own territory is not the one that coverage has today"),
    "alias": ("warning", "a value was read as another, as the mapping says"),
    "lookup-empty": ("warning", "a name was not found where the mapping looks it up"),
    "lookup-not-unique": ("error", "a name has more than one key where the mapping looks it up"),
    "quota-period": ("error", "a quota has no end and begins on no period of the plan's calendar"),
    "quota-missing": ("warning", "a participant has no quota in a period where a component needs one, and is paid 0"),
    "attribute-missing": (
        "warning",
        "a participant has no value for an attribute that a rate is taken from, and is paid 0",
    ),
    "pool-unshared": ("warning", "a pool has money, and nobody has a weight in it"),
    "paid-period": ("error", "something was paid for what is no period of payment of the plan"),
    "missing-rate": ("warning", "facts do not count, as no exchange rate holds on their day"),
    "uncredited": ("warning", "facts count for a measure and no crediting rule finds somebody"),
    "credited-twice": ("warning", "crediting rules give more than the whole of a fact"),
    "not-paid": ("warning", "a component of the plan has no period that ends in the time asked for"),
}
"""Every check of data by its name: whether it stops a calculation, and what it finds."""


FEW = 3
"""How many rows a message names, where it is about more."""


def few(keys: Sequence[str]) -> str:
    """The first of some keys, in words."""
    return ", ".join(keys[:FEW]) + (" …" if len(keys) > FEW else "")


def fault(check: str, **more: Any) -> Fault:
    """A fault of a check by its name, with the severity that is stated for it."""
    return Fault(check=check, severity=SEVERITIES[check][0], **more)
