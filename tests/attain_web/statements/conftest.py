"""What tests of statements share: the folders that runs leave, and a run of a real company made by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from attain.plans.document import read_plan
from attain.run import run_plan
from attain.sources.mapping import read_mapping
from attain_web.access.models import User
from attain_web.access.viewer import SYSTEM
from attain_web.crm.models import Order
from attain_web.imports.services import load_files
from attain_web.payouts.models import Attainment, Earning, Payout, Run
from attain_web.plans.models import Plan, PlanVersion
from attain_web.rows.snapshots import link, snapshot
from attain_web.rows.table import row_tables
from attain_web.statements.models import Statement

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "adventureworks"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What runs read lies in a folder of the test's own."""
    folder: Path = tmp_path_factory.mktemp("var")
    settings.MEDIA_ROOT = folder / "files"
    monkeypatch.setenv("ATTAIN_VAR", str(folder))


def leave_folder(run: Run, text: str) -> None:
    """What a run leaves: its plan, and the data that it read."""
    link(snapshot(row_tables()), run.folder / "data")
    (run.folder / "plan.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def with_folders(everyone: Any) -> Any:
    """The organisation, whose runs have their folders, and no statements yet."""
    Statement.objects.all().delete()
    Order.objects.filter(order="O-recorded").delete()  # Adam's second order, of which the runs know nothing
    for run in everyone.runs.values():
        leave_folder(run, everyone.versions["published"].text)
    return everyone


def found_by(run: Run) -> None:
    """Calculate a run by hand, and write what it found."""
    found = run_plan(read_plan(run.folder / "plan.yaml"), run.folder / "data", period=run.period)
    models: dict[str, Any] = {"attainment": Attainment, "earnings": Earning, "payouts": Payout}
    for name, model in models.items():
        rows = found.table(name).to_pylist()
        for row in rows:
            row["participant_id"] = row.pop("participant")
        model._default_manager.bulk_create(model(run=run, **row) for row in rows)


@pytest.fixture
def adventure(shared: Path, db: None) -> Callable[[], Run]:  # noqa: ARG001 - the rows need it
    """An approved run of AdventureWorks over all of its time."""

    def made() -> Run:
        dora, finn = (User.objects.create(email=f"{name}@example.com", name=name) for name in ("dora", "finn"))
        load_files(SYSTEM, shared / "data" / "adventureworks_oltp", read_mapping(EXAMPLE / "mapping.yaml"))
        text = (EXAMPLE / "plan.yaml").read_text(encoding="utf-8")
        version = PlanVersion.objects.create(
            plan=Plan.objects.create(name="AdventureWorks sellers"),
            number=1,
            text=text,
            state=PlanVersion.State.PUBLISHED,
            start=date(2022, 5, 30),
            end=date(2025, 5, 30),
            published_at=timezone.now(),
        )
        run = Run.objects.create(
            version=version,
            period="all",
            start=date(2022, 5, 30),
            end=date(2025, 5, 30),
            state=Run.State.APPROVED,
            started_by=dora,
            decided_by=finn,
            decided_at=timezone.now(),
        )
        leave_folder(run, text)
        found_by(run)
        return run

    return made
