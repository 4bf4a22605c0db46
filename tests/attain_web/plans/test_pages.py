"""The pages of plans: what each shows, that nothing typed is lost, and that a draft's preview is the library's."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from attain_web.access.models import AuditEvent
from attain_web.plans.models import Assignment, PlanVersion


@pytest.fixture
def designer(client_of: Any) -> Any:
    """The designer's browser."""
    return client_of("designer")


def test_the_list_shows_state_people_and_last_run(everyone: Any, designer: Any) -> None:
    page = designer.get(reverse("plans:list")).content.decode()
    assert "Sellers" in page
    assert "In force" in page
    assert "draft 2" in page
    assert "2026-Q1" in page
    assert everyone.versions


def test_a_plan_shows_what_it_pays_and_who_is_on_it(everyone: Any, designer: Any) -> None:
    page = designer.get(reverse("plans:plan", args=[everyone.versions["published"].plan_id])).content.decode()
    assert "Alice Adler" in page
    assert "Graduated tiers" in page
    assert "Edit the draft" in page


def test_participants_see_their_own_plan_and_no_draft(everyone: Any, client_of: Any) -> None:
    published, draft = everyone.versions["published"], everyone.versions["draft"]
    alice = client_of("participant")
    page = alice.get(reverse("plans:plan", args=[published.plan_id])).content.decode()
    assert "Alice Adler" in page
    assert "Adam Abel" not in page
    assert "draft" not in page.casefold()
    assert alice.get(reverse("plans:version", args=[published.pk])).status_code == 200
    assert alice.get(reverse("plans:version", args=[draft.pk])).status_code == 404
    assert alice.get(reverse("plans:sql", args=[published.pk])).status_code == 404
    assert alice.get(reverse("plans:edit", args=[published.plan_id])).status_code == 403


def test_managers_see_plans_of_the_people_below_them(everyone: Any, client_of: Any) -> None:
    plan = everyone.versions["published"].plan_id
    Assignment.objects.exclude(participant_id="charlie").delete()
    assert client_of("dan").get(reverse("plans:plan", args=[plan])).status_code == 200
    assert client_of("manager").get(reverse("plans:plan", args=[plan])).status_code == 404
    assert client_of("participant").get(reverse("plans:plan", args=[plan])).status_code == 404
    assert "Sellers" not in client_of("participant").get(reverse("plans:list")).content.decode()


def test_a_version_shows_its_examples_and_sql(everyone: Any, designer: Any) -> None:
    version = everyone.versions["published"]
    page = designer.get(reverse("plans:version", args=[version.pk])).content.decode()
    assert "<b>1,300</b>" in page
    assert "holds" in page
    sql = designer.get(reverse("plans:sql", args=[version.pk])).content.decode()
    assert "CREATE TEMP TABLE &quot;members&quot;" in sql
    assert "payouts" in sql


def test_the_editor_keeps_what_was_typed_when_somebody_else_saved(everyone: Any, designer: Any) -> None:
    draft = everyone.versions["draft"]
    url = reverse("plans:edit", args=[draft.plan_id])
    seen = draft.changed_at.isoformat()
    assert designer.post(url, {"text": draft.text + "# theirs\n", "seen": seen, "do": "save"}).status_code == 302
    answer = designer.post(url, {"text": draft.text + "# mine\n", "seen": seen, "do": "save"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "# mine" in page
    assert "# theirs" in page
    assert "saved this draft after you opened it" in page
    now = PlanVersion.objects.get(pk=draft.pk).changed_at.isoformat()
    assert f'name="seen" value="{now}"' in page  # saving again puts it in its place
    assert designer.post(url, {"text": draft.text + "# mine\n", "seen": now, "do": "save"}).status_code == 302
    assert PlanVersion.objects.get(pk=draft.pk).text.endswith("# mine\n")


def test_checks_tell_line_and_column(everyone: Any, designer: Any) -> None:
    text = everyone.versions["draft"].text.replace("measure: bookings", "measure: bokings")
    answer = designer.post(reverse("plans:check"), {"text": text, "name": "Sellers", "number": "2"})
    page = answer.content.decode()
    assert 'data-line="8" data-column="14"' in page
    assert "line 8, column 14" in page


def test_checks_know_the_columns_that_the_data_has(everyone: Any, designer: Any) -> None:
    text = everyone.versions["draft"].text.replace("assigned", "tilte = 'Account executive'")
    page = designer.post(reverse("plans:check"), {"text": text, "name": "Sellers", "number": "2"}).content.decode()
    assert "tilte" in page
    assert 'data-line="5"' in page


def test_words_complete_measures_columns_and_keys(everyone: Any, designer: Any) -> None:
    words = designer.get(reverse("plans:words")).json()
    assert "bookings" in [one["word"] for one in words["measure"]]
    assert "title" in [one["word"] for one in words["column"]]
    assert {"word": "participants:"}.items() <= next(
        one for one in words["key"] if one["word"].startswith("part")
    ).items()
    assert "tiers:" in [one["word"] for one in words["key components"]]
    assert everyone


def test_a_new_plan_begins_with_a_short_one_that_can_be_published(everyone: Any, designer: Any) -> None:
    page = designer.get(reverse("plans:new")).content.decode()
    assert "Ready to publish" in page
    copied = designer.get(reverse("plans:new"), {"from": everyone.versions["published"].pk}).content.decode()
    assert "plan: Copy of Sellers\n" in copied
    answer = designer.post(reverse("plans:new"), {"text": "plan: Hunters\n", "seen": "", "do": "save"})
    draft = PlanVersion.objects.get(plan__name="Hunters")
    assert answer["Location"] == reverse("plans:edit", args=[draft.plan_id])
    answer = designer.post(reverse("plans:new"), {"text": "plan: Sellers\n# mine", "seen": "", "do": "save"})
    assert answer.status_code == 422
    assert "# mine" in answer.content.decode()


def test_the_preview_compares_the_draft_with_what_is_published(everyone: Any, designer: Any) -> None:
    draft = everyone.versions["draft"]
    PlanVersion.objects.filter(pk=draft.pk).update(text=draft.text.replace("rate: 10 %", "rate: 20 %"))
    url = reverse("plans:preview", args=[draft.plan_id])
    assert "Calculating 2026-Q1" in designer.get(url, {"period": "2026-Q1"}).content.decode()
    page = designer.get(url, {"period": "2026-Q1", "show": "1"}).content.decode()
    assert "47.67" in page  # three orders of 100.25, and one of 75.50 beside one of them, at 10 %
    assert "95.30" in page
    assert "+10.02" in page
    lines = designer.get(reverse("plans:export_preview", args=[draft.plan_id]), {"period": "2026-Q1"})
    assert "alice,Alice Adler,10.03,20.05,10.02,EUR" in lines.content.decode()
    assert AuditEvent.objects.filter(action="plans.export_preview").count() == 1


@pytest.mark.parametrize(("who", "status"), [("finance", 200), ("executive", 403), ("manager", 403)])
def test_who_sees_no_pay_sees_no_preview(everyone: Any, client_of: Any, who: str, status: int) -> None:
    url = reverse("plans:preview", args=[everyone.versions["draft"].plan_id])
    assert client_of(who).get(url).status_code == status


def test_publishing_shows_what_changes_and_does_it(everyone: Any, designer: Any) -> None:
    draft = everyone.versions["draft"]
    url = reverse("plans:publish", args=[draft.plan_id])
    page = designer.get(url).content.decode()
    assert "Publish version 2" in page
    assert "version: 2" in page
    answer = designer.post(url, {"seen": draft.changed_at.isoformat()})
    assert answer["Location"] == reverse("plans:plan", args=[draft.plan_id])
    assert PlanVersion.objects.get(pk=draft.pk).state == "published"


def test_a_version_over_paid_days_is_told_before_and_replaces_the_one_before_it(
    everyone: Any, designer: Any, api_of: Any
) -> None:
    draft = everyone.versions["draft"]
    url = reverse("plans:publish", args=[draft.plan_id])
    page = designer.get(url).content.decode()
    assert "It replaces version 1 on days that are paid already" in page
    assert "Approved so far: 2026-Q1." in page
    designer.post(url, {"seen": draft.changed_at.isoformat()})
    page = designer.get(reverse("plans:plan", args=[draft.plan_id])).content.decode()
    assert ("Replaced" in page, page.count("In force")) == (True, 2)  # the plan, and its version 2
    offered = designer.get(reverse("payouts:new")).content.decode()
    assert ("Sellers, version 2" in offered, "Sellers, version 1" in offered) == (True, False)
    versions = api_of("designer").get(f"/api/v1/plans/{draft.plan_id}").json()["versions"]
    assert [(one["number"], one["state"]) for one in versions] == [(2, "in_force"), (1, "replaced")]


def test_a_version_for_days_that_are_not_paid_yet_says_from_when_it_replaces(everyone: Any, designer: Any) -> None:
    draft = everyone.versions["draft"]
    text = draft.text.replace("2026-01-01 ..", "2026-07-01 ..")
    PlanVersion.objects.filter(pk=draft.pk).update(text=text)
    page = designer.get(reverse("plans:publish", args=[draft.plan_id])).content.decode()
    assert "It replaces version 1" in page
    assert "From 2026-07-01 on" in page
    assert "paid already" not in page


def test_publishing_offers_to_set_the_number(everyone: Any, designer: Any) -> None:
    draft = everyone.versions["draft"]
    PlanVersion.objects.filter(pk=draft.pk).update(text=draft.text.replace("version: 2", "version: 1"))
    url = reverse("plans:publish", args=[draft.plan_id])
    assert "Set the version to 2 and publish" in designer.get(url).content.decode()
    assert designer.post(url, {"do": "publish", "seen": draft.changed_at.isoformat()}).status_code == 422
    assert designer.post(url, {"do": "set", "seen": draft.changed_at.isoformat()}).status_code == 302


def test_people_are_put_on_a_plan_and_taken_off(everyone: Any, designer: Any) -> None:
    plan = everyone.versions["published"].plan_id
    url = reverse("plans:assign", args=[plan])
    assert designer.post(url, {"participant": "Dan Drake", "day": "2026-02-01", "end": ""}).status_code == 302
    row = Assignment.objects.get(participant_id="dan", plan="Sellers")
    answer = designer.post(url, {"participant": "dan", "day": "2026-03-01", "end": ""})
    assert answer.status_code == 422
    assert "on this plan already" in answer.content.decode()
    designer.post(reverse("plans:end_assignment", args=[row.pk]), {"end": "2026-04-01"})
    row.refresh_from_db()
    assert str(row.end) == "2026-04-01"
    page = designer.get(reverse("plans:people", args=[plan]), {"on": "2026-03-31"}).content.decode()
    assert "Dan Drake" in page
    assert "Dan Drake</a>" not in designer.get(url.replace("assign", "people"), {"on": "2026-04-01"}).content.decode()


def test_a_plan_is_retired_and_taken_up_again(everyone: Any, designer: Any) -> None:
    plan = everyone.versions["published"].plan
    designer.post(reverse("plans:retire", args=[plan.pk]))
    assert "Retired" in designer.get(reverse("plans:list")).content.decode()
    designer.post(reverse("plans:retire", args=[plan.pk]), {"do": "restore"})
    plan.refresh_from_db()
    assert plan.retired_at is None


def test_two_versions_are_compared_line_by_line(everyone: Any, designer: Any) -> None:
    page = designer.get(reverse("plans:compare", args=[everyone.versions["draft"].plan_id])).content.decode()
    assert "<code>version: 1</code>" in page
    assert "<code>version: 2</code>" in page


def test_lists_ask_the_database_as_often_for_many_plans_as_for_one(
    everyone: Any, designer: Any, django_assert_max_num_queries: Any
) -> None:
    designer.get(reverse("plans:list"))
    with django_assert_max_num_queries(40):
        designer.get(reverse("plans:list"))
    assert everyone
