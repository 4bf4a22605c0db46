"""Mail of notices, sent by a worker."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app


@app.task(name="notices.mail", queue="notices", retry=RetryStrategy(max_attempts=5, exponential_wait=30))
def mail_notices(notices: list[int]) -> None:
    """Send some notices by mail; what cannot be sent is tried again, later each time."""
    from attain_web.notices.services import mail  # noqa: PLC0415 - services start this job

    mail(notices)
