"""What happens to people by itself: whose last day has come signs in no more."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app

from attain_web.people.services import end_access_of_leavers


@app.periodic(cron="5 * * * *")  # every hour, so that a day begins early in every time zone
@app.task(name="people.end_access", queueing_lock="people.end_access")
async def end_access(timestamp: int) -> None:  # noqa: ARG001 - periodic tasks get the time
    """End the access of leavers whose day has come."""
    await sync_to_async(end_access_of_leavers)()
