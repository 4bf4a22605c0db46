"""Which of the library's tables the CRM fills."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from attain_web.access.rights import Area, Reach
from attain_web.crm.models import Account, Activity, Opportunity, Order, OrderLine, Product, Split, StageChange
from attain_web.rows.table import RowTable

TABLES = (
    RowTable(
        name="accounts",
        model=Account,
        title=_("Accounts"),
        one=_("account"),
        area=Area.RECORDS,
        listed=("account", "name", "industry", "territory", "participant"),
        order=("account",),
        searched=(("account", "startswith"), ("name", "icontains")),
    ),
    RowTable(
        name="products",
        model=Product,
        title=_("Products"),
        one=_("product"),
        area=Area.RECORDS,
        listed=("product", "name", "family", "list_price"),
        order=("product",),
        searched=(("product", "startswith"), ("name", "icontains")),
        owner="",
    ),
    RowTable(
        name="opportunities",
        model=Opportunity,
        title=_("Opportunities"),
        one=_("opportunity"),
        area=Area.RECORDS,
        listed=("opportunity", "account", "participant", "stage", "amount", "currency", "close_date"),
        order=("-close_date", "opportunity"),
        searched=(("opportunity", "startswith"), ("account", "startswith"), ("participant", "startswith")),
        dated="close_date",
    ),
    RowTable(
        name="stage_history",
        model=StageChange,
        title=_("Stage history"),
        one=_("stage change"),
        area=Area.RECORDS,
        listed=("opportunity", "stage", "date"),
        order=("-date", "opportunity"),
        searched=(("opportunity", "startswith"),),
        owner="opportunity__participant",
        dated="date",
    ),
    RowTable(
        name="orders",
        model=Order,
        title=_("Orders"),
        one=_("order"),
        area=Area.RECORDS,
        listed=("order", "date", "participant", "account", "amount", "currency"),
        order=("-date", "order"),
        searched=(("order", "startswith"), ("account", "startswith"), ("participant", "startswith")),
        dated="date",
    ),
    RowTable(
        name="order_lines",
        model=OrderLine,
        title=_("Order lines"),
        one=_("order line"),
        area=Area.RECORDS,
        listed=("order", "line", "product", "quantity", "amount"),
        order=("order", "line"),
        searched=(("order", "startswith"), ("product", "startswith")),
        owner="order__participant",
        dated="order__date",
    ),
    RowTable(
        name="activities",
        model=Activity,
        title=_("Activities"),
        one=_("activity"),
        area=Area.RECORDS,
        listed=("activity", "kind", "date", "participant", "account", "opportunity"),
        order=("-date", "activity"),
        searched=(("activity", "startswith"), ("account", "startswith"), ("participant", "startswith")),
        dated="date",
    ),
    RowTable(
        name="splits",
        model=Split,
        title=_("Splits"),
        one=_("split"),
        area=Area.RECORDS,
        listed=("fact_table", "fact", "participant", "share"),
        order=("fact_table", "fact", "participant"),
        searched=(("fact", "startswith"), ("participant", "startswith")),
        writes=Reach.ALL,  # who gives themselves a share of others' deals would be paid for them
    ),
)
