"""Every part passes the checks that all parts of its kind must pass."""

import pytest

from attain.engines.duckdb import DuckDB
from attain.parts import parts_in
from attain.plans.document import COMPONENTS
from attain.testing import check_component, check_measure_part


@pytest.fixture(scope="module")
def engine() -> DuckDB:
    return DuckDB()


@pytest.mark.parametrize("name", parts_in(COMPONENTS))
def test_component(name: str, engine: DuckDB) -> None:
    assert check_component(name, engine=engine) == []


@pytest.mark.parametrize("name", parts_in("attain.measures.catalog"))
def test_measure(name: str, engine: DuckDB) -> None:
    assert check_measure_part(name, engine=engine) == []
