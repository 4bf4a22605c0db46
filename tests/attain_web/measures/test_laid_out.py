"""Values as they are laid out: rows add up to what they have together, also where facts are shared."""

from __future__ import annotations

from decimal import Decimal

import pytest

from attain.measures.measure import Measure
from attain_web.measures.laid_out import shown
from attain_web.measures.queries import Known

COUNT = Known("deals", Measure(count="orders"), "count")


def test_shared_counts_add_up() -> None:
    shares = [Decimal(one) for one in ("0.33333333", "0.33333333", "0.33333334")]
    assert sum(shown(share, COUNT) or 0 for share in shares) == 1


@pytest.mark.parametrize(
    ("known", "told"), [(COUNT, "2.66666667"), (Known("m", Measure(average="x", of="orders"), "count"), "2.67")]
)
def test_a_mean_of_counts_has_no_long_tail(known: Known, told: str) -> None:
    assert shown(Decimal("2.666666666667"), known) == Decimal(told)
