"""``python -m bench.pages``: measure the platform's pages at 1 million orders, write docs/reference/page_times.md."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import django

from attain_web.database import embedded
from bench.data import ROOT
from bench.machine import machine

PAGE = ROOT / "docs" / "reference" / "page_times.md"
BAR = 0.2
"""Seconds in the server that 95 of 100 requests stay below."""

_RANGE = "date.from=2025-06-01&date.to=2025-07-01&amount.from=15000"
_CHAIN = """JOIN access_chainlink l ON l.participant = o.participant AND l.above = 'p0003'
    AND l."start" <= o.date AND o.date < l."end" """

OPENED: tuple[tuple[str, str, str, str], ...] = (
    ("home", "operations", "/", "SELECT count(*) FROM (SELECT 1 FROM crm_order LIMIT 10001) n"),
    ("home", "manager", "/", f"SELECT count(*) FROM (SELECT 1 FROM crm_order o {_CHAIN} LIMIT 10001) n"),
    (
        "home",
        "finance",
        "/",
        "SELECT run_id, period_start, SUM(amount) FROM payouts_payout GROUP BY 1, 2",
    ),
    (
        "home",
        "participant",
        "/",
        "SELECT * FROM payouts_attainment WHERE participant = 'p1999' AND run_id = 2",
    ),
    (
        "home, with what a deal brings",
        "participant",
        "/?deal=5000",
        "SELECT * FROM payouts_earning WHERE participant = 'p1999' AND run_id = 2",
    ),
    ("orders", "operations", "/data/orders/", 'SELECT * FROM crm_order ORDER BY date DESC, "order" LIMIT 50'),
    (
        "orders",
        "manager",
        "/data/orders/",
        f'SELECT o.* FROM crm_order o {_CHAIN} ORDER BY o.date DESC, o."order" LIMIT 50',
    ),
    (
        "orders",
        "participant",
        "/data/orders/",
        "SELECT * FROM crm_order WHERE participant = 'p1999' ORDER BY date DESC LIMIT 50",
    ),
    (
        "orders, filtered by date and amount",
        "operations",
        f"/data/orders/?{_RANGE}",
        "SELECT * FROM crm_order WHERE date >= '2025-06-01' AND date < '2025-07-01' AND amount >= 15000 LIMIT 50",
    ),
    (
        "orders, searched",
        "operations",
        "/data/orders/?q=O0012",
        "SELECT * FROM crm_order WHERE \"order\" LIKE 'O0012%' ORDER BY date DESC LIMIT 50",
    ),
    (
        "accounts, searched by name",
        "operations",
        "/data/accounts/?q=count+77",
        "SELECT * FROM crm_account WHERE name ILIKE '%count 77%' ORDER BY account LIMIT 50",
    ),
    (
        "person",
        "manager",
        "/people/p0020/",
        "SELECT * FROM people_participantversion WHERE participant = 'p0020'",
    ),
    (
        "statement of a seller",
        "participant",
        "/statements/1/p1999/",
        "SELECT * FROM statements_statement WHERE run_id = 1 AND participant = 'p1999'",
    ),
    (
        "statement over everybody's orders",
        "finance",
        "/statements/1/p0000/",
        "SELECT * FROM statements_statementline WHERE node = 4 ORDER BY node, place LIMIT 50",
    ),
    (
        "statements of a team",
        "manager",
        "/statements/",
        "SELECT s.* FROM statements_statement s JOIN access_chainlink USING (participant) WHERE above = 'p0003'",
    ),
    ("run", "finance", "/runs/2/", "SELECT * FROM payouts_run WHERE id = 2"),
    (
        "pay of a run",
        "finance",
        "/runs/2/payouts/",
        "SELECT * FROM payouts_payout WHERE run_id = 2 ORDER BY participant LIMIT 50",
    ),
    (
        "comparison of two runs, by difference",
        "finance",
        "/runs/2/comparison/?sort=-difference",
        "SELECT participant, SUM(amount) FROM payouts_difference WHERE run_id = 2 GROUP BY 1 ORDER BY 2 DESC LIMIT 50",
    ),
    (
        "why somebody's pay differs",
        "finance",
        "/runs/2/comparison/p0003/",
        "SELECT * FROM payouts_difference WHERE run_id = 2 AND participant = 'p0003'",
    ),
    ("directory", "operations", "/people/", "SELECT * FROM people_participantversion ORDER BY participant LIMIT 50"),
)
"""What is opened, by whom, where, and the SQL that one would write for it by hand."""


_INTRODUCTION = """\
Seconds in the server for whole pages, from request to HTML, with {orders:,} orders, {people:,} people and {accounts:,}
accounts in the embedded PostgreSQL; {n} requests of each, in one process. Beside them, taking turns, the one query that
one would write by hand for the page's main table, and the ratio of the
medians. 95 of 100 requests stay below 200 ms."""


@dataclass(frozen=True)
class Opened:
    """One page: seconds of each request in the server, of its SQL by hand, and how many queries it asked."""

    what: str
    who: str
    seconds: list[float]
    by_hand: list[float]
    queries: int

    @property
    def p95(self) -> float:
        """What 95 of 100 requests stay below."""
        return quantiles(self.seconds, n=20)[-1]


def main() -> int:
    """Measure every page; 1 where one is above the bar."""
    parser = argparse.ArgumentParser("python -m bench.pages", description="Measure how fast the pages are.")
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--repeat", type=int, default=60, help="requests of each page (default: 60)")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="attain-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        os.environ |= {"ATTAIN_VAR": f"{folder}/var", "DJANGO_SETTINGS_MODULE": "attain_web.settings"}
        with embedded(Path(folder) / "postgres") as url:
            os.environ["DATABASE_URL"] = url
            django.setup()
            found = _measured(asked)
    text = _page(found, asked)
    print(text)
    PAGE.write_text(text, encoding="utf-8")
    return 1 if any(one.p95 >= BAR for one in found) else 0


def _measured(asked: argparse.Namespace) -> list[Opened]:
    from django.core.management import call_command  # noqa: PLC0415 - Django is set up only now
    from django.test.utils import setup_test_environment  # noqa: PLC0415

    from attain_web.access.models import User  # noqa: PLC0415
    from attain_web.access.queries import viewer_of  # noqa: PLC0415
    from bench.pages.company import make_company  # noqa: PLC0415
    from bench.pages.plan import make_runs  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    make_company(orders=asked.orders, people=asked.people)
    setup_test_environment()
    clients = _clients()
    make_runs(viewer_of(User.objects.get(email="finance@example.com")))
    _issue_statements()
    return [_opened(clients[one[1]], *one, repeat=asked.repeat) for one in OPENED]


def _issue_statements() -> None:
    """The statements of the approved run; those that are opened are explained."""
    from attain_web.payouts.models import Run  # noqa: PLC0415 - Django is set up only now
    from attain_web.statements.models import Statement  # noqa: PLC0415
    from attain_web.statements.services import explain_one  # noqa: PLC0415
    from attain_web.statements.work import issue  # noqa: PLC0415

    run = Run.objects.select_related("version__plan").get(pk=1)
    issue(run)
    for one in Statement.objects.filter(run=run, participant__in=["p0000", "p1999"]):
        explain_one(one)


def _clients() -> dict[str, Any]:
    from django.test import Client  # noqa: PLC0415 - Django is set up only now

    from attain_web.access.models import RoleGrant, User  # noqa: PLC0415
    from attain_web.people.models import Participant  # noqa: PLC0415
    from bench.pages.company import SIGNED_IN  # noqa: PLC0415

    clients = {}
    for role, participant in SIGNED_IN.items():
        user = User.objects.create(email=f"{role}@example.com", name=role.title())
        RoleGrant.objects.create(user=user, role=role)
        Participant.objects.filter(participant=participant).update(user=user)
        clients[role] = Client()
        clients[role].force_login(user)
    return clients


def _opened(client: Any, what: str, who: str, address: str, sql: str, *, repeat: int) -> Opened:
    from django.db import connection  # noqa: PLC0415 - Django is set up only now
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    queries = len(captured)  # now: the next request empties the record
    if answer.status_code != 200:
        raise SystemExit(f"{address} as {who} answered {answer.status_code}")

    def by_hand() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql.replace("%", "%%"), [])
            cursor.fetchall()

    seconds, hand = [], []
    for _ in range(repeat):
        seconds.append(_timed(lambda: client.get(address)))
        hand.append(_timed(by_hand))
    return Opened(what, who, seconds, hand, queries)


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _page(found: list[Opened], asked: argparse.Namespace) -> str:
    rows = [
        f"| {one.what} | {one.who} | {median(one.seconds) * 1000:.0f} ms | {one.p95 * 1000:.0f} ms | "
        f"{'met' if one.p95 < BAR else '**missed**'} | {one.queries} | {median(one.by_hand) * 1000:.1f} ms | "
        f"{median(one.seconds) / median(one.by_hand):.1f} |"
        for one in found
    ]
    told = [f"| {name} | {value} |" for name, value in machine().items()]
    return "\n".join(
        [
            "<!-- Made by `make bench`. -->",
            "",
            "# Page times",
            "",
            _INTRODUCTION.format(orders=asked.orders, people=asked.people, accounts=asked.orders // 50, n=asked.repeat),
            "",
            "|  |  |",
            "|---|---|",
            *told,
            "",
            "| page | as | median | p95 | bar | queries | by hand | ratio |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
