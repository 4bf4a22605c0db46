"""What columns are called on screen."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

COLUMNS = (
    gettext_noop("Account"),
    gettext_noop("Activity"),
    gettext_noop("Amount"),
    gettext_noop("Close date"),
    gettext_noop("Converted date"),
    gettext_noop("Cost"),
    gettext_noop("Created date"),
    gettext_noop("Currency"),
    gettext_noop("Date"),
    gettext_noop("End"),
    gettext_noop("Fact"),
    gettext_noop("Fact table"),
    gettext_noop("Family"),
    gettext_noop("Industry"),
    gettext_noop("Kind"),
    gettext_noop("Line"),
    gettext_noop("List price"),
    gettext_noop("Manager"),
    gettext_noop("Measure"),
    gettext_noop("Name"),
    gettext_noop("Opportunity"),
    gettext_noop("Order"),
    gettext_noop("Participant"),
    gettext_noop("Product"),
    gettext_noop("Quantity"),
    gettext_noop("Quota"),
    gettext_noop("Region"),
    gettext_noop("Share"),
    gettext_noop("Stage"),
    gettext_noop("Start"),
    gettext_noop("Team"),
    gettext_noop("Territory"),
    gettext_noop("Title"),
)
"""The words that translators are asked for."""


def title_of(column: str) -> str:
    """What a column is called on screen: ``close_date`` is the close date."""
    return gettext(column.replace("_", " ").capitalize())
