"""Long work of statements, done by a worker beside the pages; a job that was cut off can be started again."""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.task(name="statements.prepare", queue="statements")
def prepare(run: int) -> None:
    """Issue and explain the statements of an approved run."""
    from attain_web.statements.services import prepare_run  # noqa: PLC0415 - services may start this job

    prepare_run(run)
