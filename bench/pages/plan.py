"""A plan for the pages' company: graduated tiers with quotas and rollups, published, run twice, and approved."""

from __future__ import annotations

from typing import Any

from django.db import connection

_PLAN = """\
plan: Sellers
version: 1
currency: EUR
effective: 2025-01-01 .. 2027-01-01
participants: title = 'Seller' or title = 'Manager'
attainment:
  - {measure: team_bookings, every: quarter, quota: sum of reports}
components:
  - name: Bookings
    measure: bookings
    every: quarter
    quota: own
    pays: graduated_tiers
    tiers: [{from: 0 %, rate: 2 %}, {from: 50 %, rate: 3 %}, {from: 100 %, rate: 5 %}]
"""
_QUOTAS = """
INSERT INTO quotas_quota (participant, measure, "start", "end", quota, currency)
SELECT participant, 'bookings', q.day, q.day + INTERVAL '3 months', 600000, 'EUR' FROM people_participant,
    generate_series(DATE '2025-01-01', DATE '2026-10-01', INTERVAL '3 months') AS q(day)
"""
_CHANGED = """
UPDATE crm_order SET amount = amount + 100 WHERE "order" IN (
    SELECT "order" FROM crm_order WHERE date >= '2026-01-01' AND date < '2026-04-01' LIMIT 5000)
"""


def make_plan() -> tuple[Any, Any]:
    """Quotas and a published plan; its version, and who writes plans."""
    from attain_web.access.models import RoleGrant, User  # noqa: PLC0415 - Django is set up by who calls
    from attain_web.access.queries import viewer_of  # noqa: PLC0415
    from attain_web.plans.services import publish, save_draft  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(_QUOTAS)
    user = User.objects.create(email="designer@example.com", name="Designer")
    RoleGrant.objects.create(user=user, role="designer")
    designer = viewer_of(user)
    return publish(designer, save_draft(designer, None, _PLAN)), designer


def make_runs(finance: Any) -> tuple[int, int]:
    """Two runs of a quarter between which 5,000 orders and their quotas changed, the first approved; their ids."""
    from attain_web.payouts.comparing import compare  # noqa: PLC0415 - Django is set up by who calls
    from attain_web.payouts.models import Run  # noqa: PLC0415
    from attain_web.payouts.services import approve, start_run  # noqa: PLC0415
    from attain_web.payouts.work import calculate  # noqa: PLC0415

    version, designer = make_plan()
    first = start_run(designer, version, "2026-Q1")
    calculate(first.pk)
    approve(finance, Run.objects.get(pk=first.pk))
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED)
        cursor.execute("UPDATE quotas_quota SET quota = quota + 1000 WHERE \"start\" = '2026-01-01'")
    second = start_run(designer, version, "2026-Q1")
    calculate(second.pk)
    compare(second.pk)
    return first.pk, second.pk
