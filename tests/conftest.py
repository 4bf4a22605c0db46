"""One PostgreSQL for a whole run of the platform's tests: DATABASE_URL's, or an embedded one in a new folder."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

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
