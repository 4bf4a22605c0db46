"""Who is put on which plan: only one that there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from attain_web.plans.models import Assignment
from attain_web.rows.services import save_row
from attain_web.rows.table import row_tables


def test_a_plan_that_there_is_none_of_is_refused(everyone: Any, client_of: Callable[[str], Client]) -> None:
    sent = {"participant": "dan", "plan": "Nonsense plan"}
    refused = client_of("designer").post("/data/assignments/new/", sent)
    assert refused.status_code == 422
    assert "There is no plan called “Nonsense plan”. Plans to which people are assigned: Sellers." in (
        refused.content.decode()
    )
    with pytest.raises(ValidationError) as error:
        save_row(row_tables()["assignments"], everyone.viewer("designer"), sent)
    assert [*error.value.message_dict] == ["plan"]


def test_an_assignment_of_a_plan_that_is_gone_can_be_ended(everyone: Any) -> None:
    row = Assignment.objects.create(participant_id="dan", plan="Gone", start=date(2026, 1, 1))
    saved: Any = save_row(row_tables()["assignments"], everyone.viewer("designer"), {"end": date(2026, 6, 1)}, row=row)
    assert saved.end == date(2026, 6, 1)
