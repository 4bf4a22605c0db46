"""Long work of imports, done by a worker beside the pages; a job that was cut off can be started again."""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.task(name="imports.check", queue="imports")
def check_upload(upload: int, user: int) -> None:
    """Find out what an upload would make, change and leave."""
    from attain_web.imports.services import work_on  # noqa: PLC0415 - services start these jobs

    work_on(upload, user, dry=True)


@app.task(name="imports.import", queue="imports")
def import_upload(upload: int, user: int) -> None:
    """Bring an upload in."""
    from attain_web.imports.services import work_on  # noqa: PLC0415 - services start these jobs

    work_on(upload, user, dry=False)
