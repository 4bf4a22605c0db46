"""What one more deal would bring, by the rules that pay."""

from decimal import Decimal

import pytest

from attain.engines.duckdb import DuckDB
from attain.measures.measure import Measure
from attain.plans.document import read_plan
from attain.plans.what_if import Basis, NextStep, added_by_deal, next_step, pay

PLAN = read_plan("""\
plan: Sellers
version: 1
currency: EUR
effective: 2026-01-01 .. 2027-01-01
participants: title = 'Seller'
components:
  - name: Bookings
    measure: bookings
    quota: own
    pays: graduated_tiers
    tiers: [{from: 0 %, rate: 6 %}, {from: 100 %, rate: 9 %}]
  - {name: Share, measure: bookings, every: month, pays: flat_rate, rate: commission_rate}
  - {name: Win rate, measure: win_rate, pays: threshold_bonus, threshold: 30 %, amount: 1500}
""")
BOOKINGS, SHARE, WIN_RATE = PLAN.components


def pays(*bases: Basis) -> list[Decimal | None]:
    return pay(PLAN, bases, DuckDB())


def test_a_deal_that_crosses_a_tier_is_paid_at_both_rates() -> None:
    now, then = (Basis("Bookings", Decimal(value), Decimal(100_000)) for value in (90_000, 110_000))
    assert pays(now, then) == [Decimal("5400.00"), Decimal("6900.00")]  # 10,000 × 6 % + 10,000 × 9 % more


def test_components_have_bases_of_their_own() -> None:
    found = pays(
        Basis("Share", Decimal("1000.10"), attributes={"commission_rate": Decimal("0.0555")}),
        Basis("Win rate", Decimal("0.3")),
        Basis("Win rate", Decimal("0.299999999999")),
        Basis("Bookings", Decimal(100), Decimal(0)),
    )
    assert found == [Decimal("55.51"), Decimal(1500), Decimal(0), Decimal(0)]


def test_without_the_attribute_of_its_rate_nothing_is_said() -> None:
    assert pays(Basis("Share", Decimal(1000))) == [None]
    assert pays() == []


def test_only_what_the_rates_read_is_taken_of_the_attributes() -> None:
    attributes = {
        "commission_rate": Decimal("0.05"),
        "bookings": Decimal(5),
        "quota": Decimal(1),
        "bank": Decimal("1e400"),
    }
    assert pays(Basis("Share", Decimal(1000), attributes=attributes)) == [Decimal("50.00")]
    assert pays(Basis("Bookings", Decimal(1000), attributes=attributes)) == [Decimal(0)]  # without a quota


def test_of_what_there_is_no_room_for_nothing_is_said() -> None:
    known = Basis("Share", Decimal(1000), attributes={"commission_rate": Decimal("0.05")})
    wide = Basis("Share", Decimal(1000), attributes={"commission_rate": Decimal("1e30")})
    assert pays(wide, known, Basis("Win rate", Decimal("1e26"))) == [None, Decimal("50.00"), None]


@pytest.mark.parametrize(
    ("value", "quota", "step"),
    [
        (Decimal(52_000), Decimal(100_000), NextStep(Decimal(48_000), "9 %")),
        (Decimal(-1), Decimal(100_000), NextStep(Decimal(1), "6 %")),
        (Decimal(100_000), Decimal(100_000), None),
        (Decimal(1), None, None),
        (Decimal(1), Decimal(0), None),
    ],
)
def test_the_next_tier(value: Decimal, quota: Decimal | None, step: NextStep | None) -> None:
    assert next_step(BOOKINGS, value, quota) == step


def test_a_threshold_of_the_measure_itself() -> None:
    assert next_step(WIN_RATE, Decimal("0.25"), None) == NextStep(Decimal("0.05"), "1,500")
    assert next_step(SHARE, Decimal(5), None) is None


@pytest.mark.parametrize(
    ("name", "added"),
    [("bookings", 500), ("team_bookings", 500), ("won_deals", 1), ("win_rate", 0), ("calls", 0), ("gross_profit", 0)],
)
def test_what_a_deal_adds_to_a_measure(name: str, added: int) -> None:
    assert added_by_deal(name, PLAN.measures, Decimal(500)) == added


def test_a_company_s_own_sum_of_amounts() -> None:
    measures = {"new": Measure(sum=" amount ", of="opportunities", where="stage = 'won'"), "n": Measure(count="orders")}
    assert added_by_deal("new", measures, Decimal(7)) == 7
    assert added_by_deal("n", measures, Decimal(7)) == 1
