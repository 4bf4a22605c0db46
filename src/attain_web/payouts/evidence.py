"""What a run was calculated from, as files: the plan with its measures and the data, to calculate it again by hand."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from attain.documents import read_document
from attain_web.access.audit import recorded
from attain_web.access.rights import Area, Reach
from attain_web.access.viewer import NotAllowedError, Viewer
from attain_web.measures.queries import read_measure
from attain_web.payouts.models import Run
from attain_web.plans.models import PlanVersion

AREAS = (Area.RUNS, Area.PAY, Area.ATTAINMENT, Area.PEOPLE, Area.RECORDS, Area.QUOTAS, Area.PLANS)
"""What the files tell of."""

_COMMAND = """\
What run {run} of “{plan}” was calculated from. The same numbers again, by the library alone:

    attain run plan.yaml --data data --period {period} --out out
"""
_SAME = """
Where the same versions calculate, the fingerprint in out/run.json is that of run.json here.
"""
_OTHER = """
The company's own measures stand in plan.yaml here, so the fingerprint of the plan, and with it that of the whole, are
others than in run.json here; those of the inputs are the same.
"""


def plan_text(version: PlanVersion) -> str:
    """The text of a version with the company's own measures that it reads among the plan's."""
    if not version.measures:
        return version.text
    measures = {
        name: read_measure(text).model_dump(exclude_defaults=True) for name, text in sorted(version.measures.items())
    }
    document = read_document(version.text)
    own = document.content.get("measures")
    if own:
        return _with_first(version.text, document.position(("measures", next(iter(own))), of="key"), measures)
    return _with_first(
        version.text, document.position((next(iter(document.content)),), of="key"), {"measures": measures}
    )


def _with_first(text: str, place: tuple[int, int], entries: dict[str, Any]) -> str:
    """A text with entries before the first key of a mapping, which stands at a line and column."""
    lines = text.splitlines(keepends=True)
    line, column = place[0] - 1, place[1] - 1
    head, rest = lines[line][:column], lines[line][column:]
    between = ", " if head.strip() else f"\n{head}"  # a mapping in braces, or one entry a line
    told = "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}{between}" for name, value in entries.items())
    return "".join([*lines[:line], head, told, rest, *lines[line + 1 :]])


def may_take_out(viewer: Viewer) -> bool:
    """Whether a viewer sees all that the files tell of."""
    return all(viewer.right(area).read == Reach.ALL for area in AREAS)


def evidence(viewer: Viewer, run: Run) -> IO[bytes]:
    """The plan, data and record of a run as a zip, in a file that goes when it is closed."""
    viewer.must_read(Area.RUNS)
    if not may_take_out(viewer):
        raise NotAllowedError(_("Your roles let you see this, but not everything that it was calculated from."))
    if not (run.folder / "plan.yaml").is_file():
        raise ValidationError(_("Its files are not kept here."))
    told = _COMMAND.format(run=run.pk, plan=run.version.plan.name, period=run.period)
    told += _OTHER if run.version.measures else _SAME
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - the response closes it
    with recorded(viewer, "runs.evidence", subject=f"runs/{run.pk}"), ZipFile(file, "w", ZIP_DEFLATED) as zipped:
        zipped.writestr("README.txt", told)
        zipped.writestr("run.json", json.dumps(run.record, ensure_ascii=False, indent=1))
        for one in files_of(run):
            is_packed = one.suffix == ".parquet"
            zipped.write(one, one.relative_to(run.folder), ZIP_STORED if is_packed else ZIP_DEFLATED)
    file.seek(0)
    return file


def files_of(run: Run) -> list[Path]:
    """The files that a run read."""
    return [run.folder / "plan.yaml", *sorted((run.folder / "data").glob("*.parquet"))]
