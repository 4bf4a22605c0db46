"""What every test may use: seeded properties, the shared folder, golden files, and a PostgreSQL for the platform."""

import difflib
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"

# Two test runs on two cores may slow down the making of examples; that is no fault of a test.
_SLOW_MACHINE = [HealthCheck.too_slow]
settings.register_profile(
    "ci", derandomize=True, print_blob=True, max_examples=60, deadline=None, suppress_health_check=_SLOW_MACHINE
)
settings.register_profile(
    "nightly", print_blob=True, max_examples=2000, deadline=None, suppress_health_check=_SLOW_MACHINE
)
settings.load_profile("nightly" if os.environ.get("NIGHTLY") == "1" else "ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the one flag that rewrites golden files."""
    parser.addoption(
        "--rewrite-golden", action="store_true", help="write tests/golden anew from what the code gives now"
    )


_OPEN = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the server before Django reads its settings; workers find it in the environment."""
    if hasattr(config, "workerinput") or not _needs_database(config):
        return
    opened = config.stash[_OPEN] = ExitStack()
    folder = Path(opened.enter_context(TemporaryDirectory(prefix="attain-tests-", ignore_cleanup_errors=True)))
    folder.chmod(0o711)
    os.environ["ATTAIN_VAR"] = str(folder / "var")
    if "DATABASE_URL" not in os.environ:
        from django.conf import settings  # noqa: PLC0415 - the library's tests need no PostgreSQL

        from attain_web.database import embedded, settings_from_environment  # noqa: PLC0415

        os.environ["DATABASE_URL"] = opened.enter_context(embedded(folder / "postgres"))
        settings.DATABASES["default"].update(settings_from_environment())  # which were read before


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop it."""
    if opened := config.stash.get(_OPEN, None):
        opened.close()


def _needs_database(config: pytest.Config) -> bool:
    """Whether tests of the platform are asked for: by name, or because no other folder is."""
    asked = [Path(str(one).split("::")[0]).resolve() for one in config.args]
    web = Path(__file__).parent / "attain_web"
    return any(web in (one, *one.parents) or one in web.parents for one in asked)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with public data and published cases that are not part of the repository."""
    folder = Path(os.environ.get("ATTAIN_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"There is no folder {folder}: set ATTAIN_SHARED to the folder with public data and cases.")
    return folder


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a file under tests/golden: ``golden("sql/flat_rate.sql", text)``."""
    rewrite = bool(request.config.getoption("--rewrite-golden"))

    def compare(path: str, text: str) -> None:
        file = GOLDEN / path
        actual = text if text.endswith("\n") else text + "\n"
        if rewrite:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(actual, encoding="utf-8", newline="\n")
            return
        expected = file.read_text(encoding="utf-8") if file.exists() else ""
        if actual != expected:
            pytest.fail(_difference(path, expected=expected, actual=actual, missing=not file.exists()), pytrace=False)

    return compare


def _difference(path: str, *, expected: str, actual: str, missing: bool) -> str:
    """What differs from a golden file, and how to accept it."""
    lines = difflib.unified_diff(
        expected.splitlines(),
        actual.splitlines(),
        fromfile=f"tests/golden/{path}",
        tofile="what the code gives now",
        lineterm="",
    )
    what = f"tests/golden/{path} {'does not exist yet' if missing else 'no longer fits'}."
    hint = "If the new text is right, run `pytest --rewrite-golden` and read the change before you commit it."
    return "\n".join([what, *lines, "", hint])
