"""``attain compare``: words, SQL and money of two plans over the same data."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.attain.commands import attain

PLAN = """\
plan: Small
version: 1
currency: USD
effective: 2026-01-01 .. 2027-01-01
participants: title = 'Seller'
components:
  - {name: All, measure: bookings, every: year, pays: flat_rate, rate: 10 %}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    (data / "participants.csv").write_text("participant,name,title\nann,Ann,Seller\nbob,Bob,Seller\ncyd,Cyd,Manager\n")
    (data / "reporting_lines.csv").write_text("participant,manager\n")
    (data / "orders.csv").write_text("order,participant,date,amount\n1,ann,2026-01-05,1000\n2,cyd,2026-01-05,50.05\n")
    (tmp_path / "old.yaml").write_text(PLAN)
    return tmp_path


def compared(folder: Path, new: str, *more: str) -> tuple[int, str, str]:
    (folder / "new.yaml").write_text(new)
    told: list[str | Path] = ["--data", folder / "data", "--period", "2026", *more]
    answer = attain("compare", folder / "old.yaml", folder / "new.yaml", *told)
    return answer.code, answer.out, answer.err


def test_who_gains_who_loses_and_who_is_on_one_of_them_only(folder: Path) -> None:
    new = PLAN.replace("title = 'Seller'", "participant <> 'bob'").replace("10 %", "11 %")
    code, out, _ = compared(folder, new)
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert ["participants", "title", "=", "'Seller'", "participant", "<>", "'bob'"] in lines
    assert ["All:", "Flat", "rate", "10", "%", "11", "%"] in lines
    assert ["Ann", "(ann)", "100", "110.00", "10.00"] in lines
    assert ["Cyd", "(cyd)", "–", "5.51", "5.51"] in lines
    assert ["1", "with", "the", "same", "pay", "–", "–", "0.00"] in lines  # Bob has 0 by the one, nothing by the other
    assert lines[-1] == ["all", "100", "115.51", "15.51"]


def test_as_json(folder: Path) -> None:
    (folder / "new.yaml").write_text(PLAN.replace("10 %", "12.5 %"))
    told = ("--data", folder / "data", "--json", "--show-sql")
    found = attain("compare", folder / "old.yaml", folder / "new.yaml", *told).json()
    assert found["changes"] == [{"place": "All: Flat rate", "before": "10 %", "after": "12.5 %"}]
    (ann, bob) = found["people"]
    assert {name: ann[name] for name in ("participant", "name", "before", "after", "difference")} == {
        "participant": "ann", "name": "Ann", "before": "100.00", "after": "125.00", "difference": "25.00",
    }  # fmt: skip
    assert Decimal(bob["difference"]) == 0
    assert "+" in found["sql"]
    assert "0.125" in found["sql"]


def test_the_same_plan(folder: Path) -> None:
    code, out, _ = compared(folder, PLAN + "# a note\n", "--show-sql")
    assert code == 0
    assert out.startswith("Both say the same.\n\nThe SQL is the same.\n")


def test_what_cannot_be_compared(folder: Path) -> None:
    code, _, err = compared(folder, PLAN.replace("USD", "EUR"))
    assert code == 1
    assert "the one plan pays in USD, the other in EUR" in err
    assert attain("compare", folder / "old.yaml", folder / "none.yaml", "--data", folder / "data").code == 2
