"""Pools: what members of a plan earn together, and by which weights they share it.

The pool is what the component's rates make of everything that its people have together, once, rounded to cents. Each
one's part is the pool by their weight over the sum of weights in whole cents; the cents that are left go to the
largest remainders, in the order of keys where these are equal. The parts sum to the pool.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from attain.plans.factors import Gate
from attain.plans.values import Rate, WrittenRate


class Pool(BaseModel):
    """Who is in a pool together, and what each one's weight in it is; without settings all share equally."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    of: str | None = Field(
        None, description="attribute of participants: one pool for each of its values; default: one of all members"
    )
    weight: WrittenRate = Field(
        Rate(value=Decimal(1)), description="weight of each member: a number, or a formula over attributes"
    )
    by: str | None = Field(None, description="measure: the weight is taken so many times as the member's own value")
    gate: Gate | None = Field(None, description="who has not reached it shares in nothing")
