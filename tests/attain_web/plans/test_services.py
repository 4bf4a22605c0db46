"""Drafts are kept with their faults; what is published holds as it is written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from attain.errors import AttainError
from attain_web.access.models import AuditEvent, ChainLink
from attain_web.access.viewer import NotAllowedError
from attain_web.measures.models import CompanyMeasure
from attain_web.notices.models import Notice
from attain_web.plans import queries
from attain_web.plans.models import Plan
from attain_web.plans.services import ChangedError, discard_draft, publish, retire, save_draft

NEW = """\
plan: Hunters
version: 1
currency: EUR
effective: 2026-01-01 .. 2027-01-01
participants: [alice]
components:
  - {name: Deals, measure: big_deals, every: month, pays: flat_rate, rate: 5 %}
examples:
  - given: {big_deals: 1000}
    expect: {Deals: 50.00}
"""


@pytest.fixture
def big_deals(db: None) -> CompanyMeasure:  # noqa: ARG001 - the row needs it
    text = "sum: amount\nof: orders\nwhere: amount >= 100\n"
    return CompanyMeasure.objects.create(name="big_deals", text=text)


def test_a_new_plan_is_saved_published_and_keeps_the_measures_that_it_reads(
    everyone: Any, big_deals: CompanyMeasure
) -> None:
    designer = everyone.viewer("designer")
    draft = save_draft(designer, None, NEW)
    assert (draft.plan.name, draft.number, draft.state) == ("Hunters", 1, "draft")
    version = publish(designer, draft)
    assert (version.start, version.end) == (date(2026, 1, 1), date(2027, 1, 1))
    assert version.measures == {"big_deals": big_deals.text}
    assert AuditEvent.objects.filter(action="plans.publish", subject=f"plans/{draft.plan.pk}").count() == 1
    told = Notice.objects.filter(url=f"/plans/versions/{version.pk}/").values_list("user__email", flat=True)
    assert set(told) == {"finance@example.com", "operations@example.com"}
    CompanyMeasure.objects.update(text="count: orders\n")
    assert queries.checked_version(version).measures["big_deals"].kind == "sum"


@pytest.mark.usefixtures("big_deals")
def test_who_is_on_two_plans_on_the_same_days_is_told(everyone: Any) -> None:
    designer = everyone.viewer("designer")
    publish(designer, save_draft(designer, None, NEW))

    def told(text: str, name: str = "Farmers") -> list[str]:
        faults = queries.check(text, name=name, number=1).faults
        return [fault.message for fault in faults if fault.check == "two-plans" and "'Hunters'" in fault.message]

    farmers = NEW.replace("plan: Hunters", "plan: Farmers")
    assert told(farmers) == ["1 of its people (alice) are on 'Hunters' on the same days, which pays them too"]
    assert told(farmers.replace("2026-01-01 .. 2027-01-01", "2027-01-01 .. 2028-01-01")) == []
    assert told(farmers.replace("[alice]", "[charlie]")) == []
    assert told(NEW, name="Hunters") == []


@pytest.mark.usefixtures("big_deals")
def test_a_published_version_counts_on_its_days(everyone: Any) -> None:
    designer = everyone.viewer("designer")
    plan = publish(designer, save_draft(designer, None, NEW)).plan
    assert number_on(plan, date(2025, 12, 31)) is None
    assert number_on(plan, date(2027, 1, 1)) is None
    draft = save_draft(designer, plan, NEW.replace("version: 1", "version: 2"))
    assert number_on(plan, date(2026, 5, 5)) == 1
    publish(designer, draft)
    assert number_on(plan, date(2026, 5, 5)) == 2
    retire(designer, plan)
    assert number_on(plan, date(2026, 5, 5)) is None


@pytest.mark.usefixtures("big_deals")
@pytest.mark.parametrize(
    ("days", "told"),
    [
        ("2026-02-01 .. 2026-05-01", ""),
        ("2025-12-15 .. 2027-01-01", ""),  # nothing was in force before
        ("2026-02-10", "version 1 pays 2026-02 (2026-02-01 to 2026-02-28) as well, and this version begins inside it"),
        ("2026-02-01 .. 2026-03-15", "version 1 pays 2026-03 (2026-03-01 to 2026-03-31) as well"),
    ],
)
def test_a_version_meets_others_where_a_period_begins(everyone: Any, days: str, told: str) -> None:
    designer = everyone.viewer("designer")
    plan = publish(designer, save_draft(designer, None, NEW)).plan
    text = NEW.replace("version: 1", "version: 2").replace("2026-01-01 .. 2027-01-01", days)
    faults = [fault.message for fault in queries.check(text, name=plan.name, number=2).errors]
    assert faults == ([] if not told else faults[:1])
    assert told in "".join(faults)


def number_on(plan: Plan, day: date) -> int | None:
    """The number of the plan's version that counts on a day."""
    return next((one.number for one in queries.in_force(day) if one.plan == plan), None)


@pytest.mark.usefixtures("big_deals")
def test_faults_refuse_publishing_with_their_lines(everyone: Any) -> None:
    designer = everyone.viewer("designer")
    draft = save_draft(designer, None, NEW.replace("50.00", "51.00"))
    with pytest.raises(AttainError) as told:
        publish(designer, draft)
    assert [(fault.check, fault.line) for fault in told.value.faults] == [("example", 10)]
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_the_number_must_be_the_next_and_can_be_set(everyone: Any) -> None:
    designer = everyone.viewer("designer")
    draft = everyone.versions["draft"]
    draft = save_draft(
        designer, draft.plan, draft.text.replace("version: 2", "version: 7 # new"), seen=draft.changed_at
    )
    with pytest.raises(AttainError, match="next version of this plan is 2"):
        publish(designer, draft)
    version = publish(designer, draft, sets_number=True)
    assert version.number == 2
    assert "version: 2 # new" in version.text


def test_another_name_is_another_plan(everyone: Any) -> None:
    designer = everyone.viewer("designer")
    draft = everyone.versions["draft"]
    draft = save_draft(designer, draft.plan, draft.text.replace("plan: Sellers", "plan: Others"), seen=draft.changed_at)
    assert draft.plan.name == "Sellers"
    with pytest.raises(AttainError, match="the text calls it 'Others'"):
        publish(designer, draft)


def test_nobody_writes_over_a_draft_that_they_have_not_seen(everyone: Any) -> None:
    designer = everyone.viewer("designer")
    draft = everyone.versions["draft"]
    first = draft.changed_at
    save_draft(designer, draft.plan, draft.text + "# mine\n", seen=first)
    with pytest.raises(ChangedError, match="Dora Design saved this draft"):
        save_draft(designer, draft.plan, draft.text + "# theirs\n", seen=first)
    with pytest.raises(ChangedError):
        save_draft(designer, draft.plan, draft.text, seen=None)
    with pytest.raises(ChangedError):
        publish(designer, draft, seen=first)


def test_a_text_that_is_no_yaml_is_kept_and_names_its_plan(everyone: Any) -> None:
    designer = everyone.viewer("designer")
    draft = save_draft(designer, None, 'plan: "Half done" # so far\nversion: [\n')
    assert draft.plan.name == "Half done"
    draft = save_draft(designer, draft.plan, "plan: Done\nversion: 1\n", seen=draft.changed_at)
    assert Plan.objects.get(pk=draft.plan.pk).name == "Done"
    with pytest.raises(ValidationError, match="called “Sellers” already"):
        save_draft(designer, draft.plan, "plan: Sellers\n", seen=draft.changed_at)


@pytest.mark.parametrize(("text", "told"), [("version: 1\n", "Say what"), ("plan: Sellers\n", "already")])
def test_a_new_plan_needs_a_name_of_its_own(everyone: Any, text: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        save_draft(everyone.viewer("designer"), None, text)


def test_a_draft_that_is_discarded_takes_a_plan_without_versions_along(everyone: Any) -> None:
    designer = everyone.viewer("designer")
    draft = save_draft(designer, None, "plan: Other\n")
    discard_draft(designer, draft)
    assert not Plan.objects.filter(name="Other").exists()
    discard_draft(designer, everyone.versions["draft"])
    assert Plan.objects.get(name="Sellers").versions.count() == 1


def test_only_designers_write(everyone: Any) -> None:
    draft = everyone.versions["draft"]
    for name in ("operations", "finance", "executive", "auditor", "manager", "participant"):
        with pytest.raises(NotAllowedError):
            save_draft(everyone.viewer(name), draft.plan, draft.text + "#", seen=draft.changed_at)
        with pytest.raises(NotAllowedError):
            publish(everyone.viewer(name), draft)
        with pytest.raises(NotAllowedError):
            retire(everyone.viewer(name), draft.plan)


def test_a_manager_sees_on_a_plan_who_is_below_them_on_that_day(everyone: Any) -> None:
    version, dan = everyone.versions["published"], everyone.viewer("dan")
    assert [one.key for one in queries.people_on(dan, version, date(2026, 3, 2))] == ["charlie"]
    ChainLink.objects.filter(above="dan", participant="alice").update(end=date(2026, 4, 1))
    assert [one.key for one in queries.people_on(dan, version, date(2026, 3, 2))] == ["alice", "charlie"]
