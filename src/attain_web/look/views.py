"""The style guide: each component once, with a line when to use it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from attain_web.look.charts import Chart
from attain_web.look.forms import SampleForm
from attain_web.look.icons import ICONS
from attain_web.look.request import PageRequest
from attain_web.look.table import Cell, Grid, Header, Paging, cell

COLOURS = (
    *("ground", "side", "surface", "hover", "pressed", "line", "text", "soft"),
    *("accent", "good", "warn", "bad", "note"),
)


@require_GET
def styleguide(request: PageRequest) -> HttpResponse:
    """Every component. With ``?toast`` one of each message comes up."""
    if "toast" in request.GET:
        messages.success(request, _("Saved: SO43659"))
        messages.error(request, _("The file could not be read: line 12 has no amount."))
    context = {
        "heading": _("Style guide"),
        "lead": _("Each component once, with a line when to use it. Pages use these and no markup of their own."),
        "colours": COLOURS,
        "icons": sorted(ICONS),
        "grid": _grid(),
        "paging": Paging(2, 9, "?page=1", "?page=3"),
        "form": SampleForm({"name": "Alice Adler", "amount": "-5", "stage": "won"}),
        "bars": Chart(_("Orders and quota by month"), *_months()),
        "lines": Chart(_("Attainment through the year"), *_months(), kind="line"),
    }
    return render(request, "look/styleguide.html", context)


def _grid() -> Grid:
    headers = [
        Header(_("Order"), url="?sort=order"),
        Header(_("Date"), url="?sort=-date", direction="descending"),
        Header(_("Account")),
        Header(_("Stage")),
        Header(_("Amount"), is_number=True, url="?sort=amount"),
    ]
    told = (
        ("SO43659", date(2026, 3, 2), "Litware", "won", "good", "20565.6206"),
        ("SO43660", date(2026, 3, 1), "Adventure Works", "lost", "bad", "-1294.25"),
        ("SO43661", date(2026, 2, 27), "", "negotiating", "note", "32726.4"),
    )
    rows = [
        [
            cell(order, url=f"?order={order}"),
            cell(day),
            cell(account),
            Cell(stage, badge=badge),
            cell(Decimal(amount), behind="EUR", is_money=True),
        ]
        for order, day, account, stage, badge, amount in told
    ]
    return Grid(headers, rows, _("Orders"))


def _months() -> tuple[list[str], dict[str, list[Decimal | int | None]]]:
    labels = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    orders = [82_000, 91_500, 120_250, 88_000, 97_400, 133_900, 76_300, 71_800, 128_000, 110_600, None, None]
    return labels, {_("Orders"): list(orders), _("Quota"): [100_000] * 12}
