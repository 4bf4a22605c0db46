"""AdventureWorks through the platform: the figures of its files, and of the library by hand from a run's evidence."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.db.models import Sum
from pyarrow import parquet as pq

from attain.cli import main
from attain.plans.document import read_plan
from attain.run import run_plan
from attain.sources.mapping import read_mapping
from attain_web.access.models import RoleGrant, User
from attain_web.access.queries import viewer_of
from attain_web.access.viewer import SYSTEM, Viewer
from attain_web.imports.services import load_folder
from attain_web.measures.models import CompanyMeasure
from attain_web.payouts.evidence import evidence
from attain_web.payouts.models import Attainment, Earning, Payout, Run
from attain_web.payouts.services import start_run
from attain_web.payouts.work import calculate
from attain_web.plans.models import PlanVersion
from attain_web.plans.services import publish, save_draft

pytestmark = pytest.mark.django_db

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "adventureworks"


def user(role: str) -> Viewer:
    made = User.objects.create(email=f"{role}@example.com", name=role.title())
    RoleGrant.objects.create(user=made, role=role)
    return viewer_of(made)


def published(designer: Viewer, text: str) -> PlanVersion:
    return publish(designer, save_draft(designer, None, text))


def calculated(designer: Viewer, version: PlanVersion, period: str = "all") -> Run:
    run = start_run(designer, version, period)
    calculate(run.pk)
    run.refresh_from_db()
    assert run.state == "calculated", run.told
    return run


def rows_of(run: Run, model: Any, columns: list[str]) -> set[tuple[Any, ...]]:
    return set(model.objects.filter(run=run).values_list("participant", *columns))


def test_a_run_of_adventureworks_has_the_figures_of_its_files(shared: Path) -> None:
    data, mapping = shared / "data" / "adventureworks_oltp", read_mapping(EXAMPLE / "mapping.yaml")
    load_folder(SYSTEM, data, mapping)
    designer = user("designer")
    run = calculated(designer, published(designer, (EXAMPLE / "plan.yaml").read_text()))
    bookings = Attainment.objects.filter(run=run, measure="bookings", quota__isnull=False)
    assert bookings.count() == 163
    sums = bookings.aggregate(value=Sum("value"), quota=Sum("quota"))
    assert round(sums["value"], 2) == Decimal("80487704.18")
    assert sums["quota"] == 95_714_000
    assert bookings.filter(attainment__gte=1).count() == 8
    assert Payout.objects.filter(run=run).aggregate(sum=Sum("amount"))["sum"] == Decimal("511232.16")
    assert run.record["payouts"] == "511232.16"
    by_files = run_plan(read_plan(EXAMPLE / "plan.yaml"), data, mapping=mapping)
    for model, name, columns in (
        (Payout, "payouts", ["period_start", "period_end", "amount"]),
        (Earning, "earnings", ["component", "period_start", "period_end", "measure_value", "quota", "amount"]),
    ):
        told = {tuple(row[one] for one in ("participant", *columns)) for row in by_files.table(name).to_pylist()}
        assert rows_of(run, model, columns) == told
    team = Attainment.objects.filter(
        run=run, measure="team_bookings", participant__participant="274", quota__isnull=False
    )
    sums = team.aggregate(value=Sum("value"), quota=Sum("quota"))
    assert round(sums["value"], 2) == Decimal("62228191.48")
    assert sums["quota"] == 73_283_000


OWN = """\
plan: With measures of the company
version: 1
currency: EUR
effective: 2026-01-01 .. 2027-01-01
participants: assigned
{measures}components:
  - {{name: Large, measure: {measure}, every: quarter, pays: flat_rate, rate: 10.25 %}}
"""


@pytest.mark.parametrize(
    ("measures", "measure"),
    [
        ("", "orders_above_80"),
        ("measures:\n  own: {sum: amount, of: orders}\n", "orders_above_80"),
        ("measures: {own: {sum: amount, of: orders}}\n", "orders_above_80"),
        ("measures: {own: {sum: amount, of: orders, where: amount > 80}}\n", "own"),
    ],
)
def test_the_evidence_of_a_run_gives_the_same_numbers_by_hand(
    everyone: Any, tmp_path: Path, measures: str, measure: str
) -> None:
    CompanyMeasure.objects.create(name="orders_above_80", text="sum: amount\nof: orders\nwhere: amount > 80\n")
    row = everyone.row("assignments", "alice")
    for who in ("alice", "adam", "ann"):
        type(row).objects.create(participant_id=who, plan="With measures of the company", start=date(2026, 1, 1))
    designer = everyone.viewer("designer")
    run = calculated(designer, published(designer, OWN.format(measures=measures, measure=measure)), "2026-Q1")
    assert {row.amount for row in Payout.objects.filter(run=run)} == {Decimal("10.28")}
    for name in ("auditor", "finance", "designer"):
        with evidence(everyone.viewer(name), run) as file:
            zipped = file.read()
    with ZipFile(io.BytesIO(zipped)) as opened:
        opened.extractall(tmp_path)
    assert f"--period {run.period}" in (tmp_path / "README.txt").read_text()
    out = tmp_path / "out"
    told = ["--data", str(tmp_path / "data"), "--period", run.period, "--out", str(out)]
    assert main(["run", str(tmp_path / "plan.yaml"), *told]) == 0
    paid = {(row["participant"], row["amount"]) for row in pq.read_table(out / "payouts.parquet").to_pylist()}
    assert paid == rows_of(run, Payout, ["amount"])
    assert len(paid) == 3
    run.refresh_from_db()
    record = json.loads((out / "run.json").read_text())
    assert record["inputs"] == run.record["inputs"]
    is_same = measure == "own"  # else the company's measure stands in the text of the plan
    assert (record["fingerprint"] == run.record["fingerprint"]) is is_same
    assert ("the fingerprint in out/run.json is that of" in (tmp_path / "README.txt").read_text()) is is_same
