"""What is installed: everything the platform needs with it, nothing of it with the library alone."""

from __future__ import annotations

import re
import subprocess
import sys
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parents[3]
CALLED = """
import sys
from attain.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print([name for name in ("django", "psycopg", "duckdb") if name in sys.modules])
"""


def test_the_wheel_holds_templates_static_files_and_migrations(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as built:
        held = set(built.namelist())
        (metadata,) = (message_from_bytes(built.read(name)) for name in held if name.endswith("METADATA"))
    source = ROOT / "src"
    wanted = {
        file.relative_to(source).as_posix()
        for file in (source / "attain_web").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert not wanted - held
    for part in (".html", ".css", ".js", "migrations/0001_initial.py"):
        assert any(name.endswith(part) for name in held), part
    needed = metadata.get_all("Requires-Dist") or []
    assert any(one.startswith("django<") and "extra == 'web'" in one for one in needed)
    assert not [one for one in needed if "extra" not in one and one.startswith(("django", "psycopg", "gunicorn"))]


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", CALLED, "--help"], capture_output=True, text=True, check=True)
    for command in ("run", "demo", "serve", "migrate", "createadmin", "audit", "backup", "restore", "load-demo"):
        assert re.search(rf"^    {command}\b", done.stdout, re.MULTILINE), command
    assert done.stdout.splitlines()[-1] == "[]"


def test_without_the_platform_its_commands_say_how_to_install_it() -> None:
    without = "import sys; sys.modules['django'] = None\n" + CALLED
    done = subprocess.run([sys.executable, "-c", without, "migrate"], capture_output=True, text=True, check=True)
    assert "pip install 'attain[web]'" in done.stderr
