"""Accounts, products, opportunities, orders, activities and what belongs to them: rows and constraints."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models

from attain.columns import SPLIT_KINDS
from attain_web.rows.base import (
    CURRENCY,
    Row,
    currency_value,
    decimal_value,
    indexes,
    participant_key,
    reference,
    text_value,
    versioned,
)


@versioned
class Account(Row):
    """A customer."""

    account = models.TextField(unique=True)
    name = text_value()
    industry = text_value()
    territory = reference("territories.Territory", column="territory")
    participant = participant_key()

    class Meta:
        """Lists by owner."""

        indexes: ClassVar = [models.Index(fields=["participant", "account"], name="account_by_owner")]

    def __str__(self) -> str:
        """Name, else key."""
        return self.name or self.account


@versioned
class Product(Row):
    """A product."""

    product = models.TextField(unique=True)
    name = text_value()
    family = text_value()
    list_price = decimal_value()

    def __str__(self) -> str:
        """Name, else key."""
        return self.name or self.product


@versioned
class Opportunity(Row):
    """An opportunity as it stands now; what it was before stands in its stage history and its versions."""

    opportunity = models.TextField(unique=True)
    participant = participant_key()
    account = reference("crm.Account", column="account")
    product = reference("crm.Product", column="product")
    territory = reference("territories.Territory", column="territory")
    stage = models.TextField()
    amount = decimal_value()
    currency = currency_value()
    created_date = models.DateField(null=True, blank=True)
    close_date = models.DateField(null=True, blank=True)

    class Meta:
        """Lists newest first, whole and by owner."""

        indexes: ClassVar = [
            models.Index(fields=["-close_date", "opportunity"], name="opportunity_by_date"),
            models.Index(fields=["participant", "-close_date"], name="opportunity_by_owner"),
            *indexes("opportunity", "account", "stage", "amount", "currency"),
        ]

    def __str__(self) -> str:
        """The key."""
        return self.opportunity


@versioned
class StageChange(Row):
    """An opportunity entered a stage."""

    opportunity = reference("crm.Opportunity", column="opportunity", null=False, related_name="stages")
    stage = models.TextField()
    date = models.DateField()

    class Meta:
        """A stage is entered once a day."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["opportunity", "date", "stage"], name="stage_change_key")
        ]

    def __str__(self) -> str:
        """What entered which stage."""
        return f"{self.opportunity_id}: {self.stage}"


@versioned
class Order(Row):
    """An order."""

    order = models.TextField(unique=True)
    participant = participant_key()
    account = reference("crm.Account", column="account")
    territory = reference("territories.Territory", column="territory")
    opportunity = reference("crm.Opportunity", column="opportunity")
    date = models.DateField()
    amount = decimal_value(null=False)
    cost = decimal_value()
    currency = currency_value()

    class Meta:
        """Lists newest first, whole and by owner; what a batch made is found for its undoing."""

        indexes: ClassVar = [
            models.Index(fields=["-date", "order"], name="order_by_date"),
            models.Index(fields=["participant", "-date"], name="order_by_owner"),
            models.Index(fields=["account", "-date"], name="order_by_account"),
            *indexes("order", "opportunity", "amount", "currency"),
        ]

    def __str__(self) -> str:
        """The key."""
        return self.order


@versioned
class OrderLine(Row):
    """A line of an order."""

    order = reference("crm.Order", column="order", null=False, related_name="lines")
    line = models.TextField()
    product = reference("crm.Product", column="product")
    quantity = decimal_value()
    amount = decimal_value(null=False)
    cost = decimal_value()

    class Meta:
        """Lines are numbered in their order."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["order", "line"], name="order_line_key")]
        indexes: ClassVar = indexes("order_line", "product", "amount", "quantity")

    def __str__(self) -> str:
        """Order and line."""
        return f"{self.order_id}/{self.line}"


@versioned
class Activity(Row):
    """A call, e-mail, meeting, demo or task."""

    activity = models.TextField(unique=True)
    participant = participant_key()
    kind = models.TextField()
    date = models.DateField()
    account = reference("crm.Account", column="account")
    opportunity = reference("crm.Opportunity", column="opportunity")

    class Meta:
        """Lists newest first, whole and by owner."""

        indexes: ClassVar = [
            models.Index(fields=["-date", "activity"], name="activity_by_date"),
            models.Index(fields=["participant", "-date"], name="activity_by_owner"),
            *indexes("activity", "kind", "account", "opportunity"),
        ]

    def __str__(self) -> str:
        """Kind and key."""
        return f"{self.kind} {self.activity}"


@versioned
class Split(Row):
    """A participant shares in the credit of a fact."""

    fact_table = models.TextField()
    fact = models.TextField()
    participant = participant_key(null=False)
    share = decimal_value(null=False)
    kind = text_value(choices=[(kind, kind) for kind in SPLIT_KINDS])

    class Meta:
        """Each shares once in the revenue, as an overlay and in the pay."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["fact_table", "fact", "participant", "kind"], nulls_distinct=False, name="split_key"
            )
        ]

    def __str__(self) -> str:
        """Who shares in what."""
        return f"{self.participant_id} in {self.fact}"


@versioned
class Cancellation(Row):
    """A fact was cancelled on a day, or a part of it."""

    fact_table = models.TextField()
    fact = models.TextField()
    date = models.DateField()
    share = decimal_value()
    served = decimal_value()
    term = decimal_value()

    class Meta:
        """One a day."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fact_table", "fact", "date"], name="cancellation_key")
        ]

    def __str__(self) -> str:
        """What was cancelled when."""
        return f"{self.fact}, {self.date}"


@versioned
class ExchangeRate(Row):
    """What one unit of a currency was worth in another in ``[start, end)``."""

    currency = models.TextField(validators=[CURRENCY])
    to_currency = models.TextField(validators=[CURRENCY])
    rate = decimal_value(null=False, validators=[MinValueValidator(Decimal("0.000001"))])
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)

    class Meta:
        """Each beginning once; that two do not overlap is checked with the data."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["currency", "to_currency", "start"], nulls_distinct=False, name="exchange_rate_key"
            )
        ]

    def __str__(self) -> str:
        """From which currency to which."""
        return f"{self.currency} to {self.to_currency}"
