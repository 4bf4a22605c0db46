"""The process that does jobs, as `attain serve` starts it: imports, and the platform's own housekeeping."""

from __future__ import annotations

import django
from procrastinate import JobContext
from procrastinate.contrib.django import app

from attain_web.process import follow_parent

KEPT_HOURS = 7 * 24
"""How long jobs that ended stay listed."""


@app.periodic(cron="* * * * *")
@app.task(name="attain.take_up_jobs", queueing_lock="attain.take_up_jobs", pass_context=True)
async def take_up_jobs(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - periodic tasks get the time
    """Do again the jobs of a worker that was killed."""
    for job in await context.app.job_manager.get_stalled_jobs():
        await context.app.job_manager.retry_job(job)


@app.periodic(cron="30 3 * * *")
@app.task(name="attain.clear", queueing_lock="attain.clear", pass_context=True)
async def clear(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - periodic tasks get the time
    """Take out sessions that have run out, and jobs that ended long ago."""
    from django.contrib.sessions.models import Session  # noqa: PLC0415 - once Django is set up
    from django.utils import timezone  # noqa: PLC0415

    await Session.objects.filter(expire_date__lt=timezone.now()).adelete()
    await context.app.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS, include_failed=True)


def main() -> None:
    """Do jobs until SIGTERM; the job at hand may end first."""
    follow_parent()
    django.setup()
    with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined] # Django's has it
        app.run_worker(concurrency=2, shutdown_graceful_timeout=15)


if __name__ == "__main__":
    main()
