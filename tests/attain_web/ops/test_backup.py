"""The demo company is loaded, backed up and brought back elsewhere: to the last row and the last cent the same."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from psycopg import connect

from attain_web.database import embedded

Attain = Callable[..., subprocess.CompletedProcess[str]]

PAY = """
import json, sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from pyarrow import parquet
from attain.demo import PLANS
from attain.demo.as_of import write_as_of
from attain.plans.document import read_plan
from attain.run import run_plan
from attain_web.installation import installation

with installation(Path(sys.argv[1])) as var, TemporaryDirectory() as folder:
    from attain_web.access.viewer import SYSTEM
    from attain_web.bridge import arrow_of
    from attain_web.rows.queries import visible
    from attain_web.rows.table import row_tables
    for name, one in row_tables().items():
        rows = arrow_of(one.schema, visible(one, SYSTEM).order_by("pk"))
        parquet.write_table(rows, Path(folder, f"{name}.parquet"))
    told = {}
    company = Path(folder, "company")
    company.mkdir()
    write_as_of(Path(sys.argv[2]), company, date.today())
    for place in (Path(folder), company):
        plan = read_plan(PLANS / "account_executives_2026.yaml", name="plan")
        run = run_plan(plan, place, period="2026")
        told[str(place == Path(folder))] = [run.engine.rows(sql)[0] for sql in (
            "SELECT COUNT(*) AS n, SUM(amount) AS pay FROM payouts",
            "SELECT COUNT(*) AS n, SUM(value) AS value, SUM(quota) AS quota FROM attainment")]
print(json.dumps(told, default=str))
"""
"""What the library pays on the installation's rows, and on the company's own files as of today."""


def _pay(var: Path, company: Path, surroundings: dict[str, str]) -> Any:
    command = [sys.executable, "-c", PAY, str(var), str(company)]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)  # equal amounts may be written with more noughts
    return {
        place: [{name: Decimal(value) for name, value in row.items()} for row in rows] for place, rows in told.items()
    }


def _manifest(file: Path) -> Any:
    with ZipFile(file) as archive:
        return json.loads(archive.read("manifest.json"))


def test_the_demo_company_comes_back_from_a_backup_to_the_last_row(
    folder: Path, surroundings: dict[str, str], attain: Attain
) -> None:
    one, two, file = folder / "one", folder / "two", folder / "backup.attain"
    made = attain("load-demo", "--var", one)
    assert made.returncode == 0, made.stderr
    assert re.search(r" [23],\d{3} orders", made.stdout), "as many as there are by today"
    password = re.search(r"password of each: (\S{12})", made.stdout)
    assert password
    assert (one / "demo/password").read_text(encoding="utf-8") == password[1]
    assert (one / "demo/password").stat().st_mode & 0o777 == 0o600
    for role in ("administrator", "designer", "operations", "finance", "auditor"):
        assert f"{role}@halden.example" in made.stdout
    again = attain("load-demo", "--var", one)
    assert again.returncode == 0, again.stderr
    assert again.stdout.replace("Found", "Loaded") == made.stdout, "the second start keeps everything"

    (one / "files" / "uploads").mkdir(parents=True, exist_ok=True)
    (one / "files" / "uploads" / "an upload.csv").write_bytes(b"a,b\n1,2\n")
    backed_up = attain("backup", file, "--var", one)
    assert backed_up.returncode == 0, backed_up.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert attain("backup", file, "--var", one).returncode == 2, "a backup is never written over"

    restored = attain("restore", file, "--var", two)
    assert restored.returncode == 0, restored.stderr
    assert (two / "files" / "uploads" / "an upload.csv").read_bytes() == b"a,b\n1,2\n"
    before, after = (_pay(var, one / "demo" / "company", surroundings) for var in (one, two))
    assert before == after
    assert before["True"] == before["False"], "the database pays what the company's own files pay"
    assert before["True"][0]["pay"] > 1_000_000

    assert attain("audit", "verify", "--var", two).returncode == 0
    _refuses_and_replaces(attain, file, two)
    _finds_what_was_tampered_with(attain, two)


def _refuses_and_replaces(attain: Attain, file: Path, var: Path) -> None:
    refused = attain("restore", file, "--var", var)
    assert refused.returncode == 2
    assert "--replace" in refused.stderr
    (file.parent / "nothing").write_text("nothing", encoding="utf-8")
    assert attain("restore", file.parent / "nothing", "--var", var).returncode == 2
    broken = file.with_name("broken.attain")
    with ZipFile(file) as whole, ZipFile(broken, "w") as cut:
        for name in whole.namelist():
            content = whole.read(name)
            cut.writestr(name, content[: len(content) // 2] if name == "database.dump" else content)
    assert attain("restore", broken, "--replace", "--var", var).returncode == 1
    replaced = attain("restore", file, "--replace", "--var", var)
    assert replaced.returncode == 0, replaced.stderr
    second = file.with_name("second.attain")
    assert attain("backup", second, "--var", var).returncode == 0
    first_tables, second_tables = _manifest(file)["tables"], _manifest(second)["tables"]
    different = {name for name in first_tables if first_tables[name] != second_tables[name]}
    assert different == {"access_auditevent"}, "but for the event that tells of the restore"


def _finds_what_was_tampered_with(attain: Attain, var: Path) -> None:
    with embedded(var / "postgres") as url, connect(url) as connection:
        connection.execute("ALTER TABLE access_auditevent DISABLE TRIGGER USER")
        connection.execute("UPDATE access_auditevent SET actor_name = 'somebody else' WHERE number = 2")
    found = attain("audit", "verify", "--var", var)
    assert found.returncode == 1
    assert "2" in found.stderr


def test_only_a_demo_is_begun_anew(folder: Path, attain: Attain) -> None:
    admin = ("createadmin", "--var", folder / "var", "--email", "ada@example.com", "--name", "Ada")
    invited = attain(*admin, "--invite", ATTAIN_URL="https://attain.example.com")  # makes the tables as well
    assert "https://attain.example.com/invitation/" in invited.stdout
    assert attain(*admin).returncode == 2, "there is no terminal to ask for a password"
    for words in (("load-demo",), ("load-demo", "--reset")):
        refused = attain(*words, "--var", folder / "var")
        assert refused.returncode == 2
        assert "installation" in refused.stderr
