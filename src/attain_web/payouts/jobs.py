"""Calculating and comparing runs, done by a worker beside the pages; each night what has changed is calculated anew."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app


@app.task(name="payouts.calculate", queue="runs")
def calculate(run: int) -> None:
    """Calculate a run."""
    from attain_web.payouts import work  # noqa: PLC0415 - it defers the next job

    work.calculate(run)


@app.task(name="payouts.compare", queue="runs")
def compare(run: int) -> None:
    """Find out why a run pays otherwise than the one before."""
    from attain_web.payouts import comparing  # noqa: PLC0415 - its services start these jobs

    comparing.compare(run)


@app.periodic(cron="30 2 * * *")
@app.task(name="payouts.nightly", queueing_lock="payouts.nightly")
async def nightly(timestamp: int) -> None:  # noqa: ARG001 - periodic tasks get the time
    """Start a run of every plan in force whose data or text has changed, and let go of old files."""
    from attain_web.payouts.services import let_go, start_due  # noqa: PLC0415 - services start these jobs

    await sync_to_async(start_due)()
    await sync_to_async(let_go)()
