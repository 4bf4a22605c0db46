"""Imports make, change and leave rows, refuse what is wrong, happen once, and are undone whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.http import Http404

from attain.errors import AttainError
from attain.sources.mapping import Mapping
from attain_web.access.models import AuditEvent, ChainLink, ImportBatch
from attain_web.access.viewer import SYSTEM, NotAllowedError, Viewer
from attain_web.bridge import arrow_of
from attain_web.crm.models import Account, Order
from attain_web.imports.models import Upload
from attain_web.imports.results import as_csv, fault_rows, neutral, result_rows
from attain_web.imports.services import load_files, load_folder, undo_batches
from attain_web.people.models import Participant, ParticipantVersion
from attain_web.rows.services import save_row
from attain_web.rows.table import row_tables

HEADER = "order,participant,account,date,amount,channel"


@pytest.fixture
def people(db: None) -> None:  # noqa: ARG001
    for key in ("ann", "bob"):
        ParticipantVersion.objects.create(participant=Participant.objects.create(participant=key))


def orders(folder: Path, *lines: str, header: str = HEADER) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "orders.csv").write_text("\n".join([header, *lines, ""]))
    return folder


def counted(batch: ImportBatch) -> tuple[int, ...]:
    return tuple(batch.told[name] for name in ("made", "changed", "left", "refused"))


@pytest.mark.usefixtures("people")
def test_rows_are_made_changed_and_left(tmp_path: Path) -> None:
    (first,) = load_folder(SYSTEM, orders(tmp_path, "1,ann,a,2026-01-01,10.50,web", "2,bob,,2026-01-02,20,"))
    assert counted(first) == (2, 0, 0, 0)
    lines = "1,ann,a,2026-01-01,10.5,web", "2,bob,,2026-01-02,21,web", "3,bob,,2026-01-03,5,"
    (second,) = load_folder(SYSTEM, orders(tmp_path, *lines))
    assert counted(second) == (1, 1, 1, 0)
    changed = Order.objects.get(order="2")
    assert (changed.amount, changed.attributes, changed.batch) == (21, {"channel": "web"}, second)
    assert Order.objects.get(order="1").batch == first
    assert [event.action for event in AuditEvent.objects.all()] == ["imports.import", "imports.import"]


@pytest.mark.usefixtures("people")
def test_columns_that_a_file_has_not_stay_as_they_are(tmp_path: Path) -> None:
    load_folder(SYSTEM, orders(tmp_path, "1,ann,a,2026-01-01,10,web"))
    load_folder(SYSTEM, orders(tmp_path, "1,2026-01-05,11,7.5", header="order,date,amount,rate"))
    row = Order.objects.get()
    assert (row.participant_id, row.amount, row.date) == ("ann", 11, date(2026, 1, 5))
    assert row.attributes == {"channel": "web", "rate": 7.5}


@pytest.mark.usefixtures("people")
def test_rows_with_errors_are_refused_each_with_its_reasons(tmp_path: Path) -> None:
    lines = (
        "1,ann,nobody,2026-01-01,10,",
        "2,zoe,,2026-01-01,10,",
        "3,ann,,soon,10,",
        "4,ann,,2026-01-01,1.23456789,",
        "5,ann",
        "6,ann,,2026-01-01,1,",
        "6,ann,,2026-01-01,2,",
    )
    (batch,) = load_folder(SYSTEM, orders(tmp_path, *lines))
    assert counted(batch) == (1, 0, 0, 6)
    checks = {one["check"]: one["severity"] for one in batch.told["faults"]}
    assert checks["unknown-participant"] == checks["row-length"] == checks["duplicate-key"] == "error"
    assert list(Order.objects.values_list("order", flat=True)) == ["1"]
    told = {row[0]: row for row in result_rows(batch)}
    assert told["2"][-2] == "made"
    assert "zoe" in told["3"][-1]
    assert [told[number][1] for number in ("3", "4", "6", "7")] == ["2", "3", "", "6"]  # the fifth could not be read
    digits = next(one for one in batch.told["faults"] if one["check"] == "too-many-digits")
    assert (digits["places"], digits["advice"][-21:]) == ([5], "point and 6 after it.")
    assert sum(row[-2] == "refused" for row in told.values()) == 6


@pytest.mark.usefixtures("people")
def test_what_stops_a_file_whole_brings_nothing_in(tmp_path: Path) -> None:
    with pytest.raises(AttainError, match="amount"):
        load_folder(SYSTEM, orders(tmp_path, "1,ann,2026-01-01", header="order,participant,date"))
    assert not Order.objects.exists()
    batch, upload = ImportBatch.objects.get(), Upload.objects.get()
    assert (batch.state, upload.state, [*upload.batches.all()]) == ("failed", "failed", [batch])
    assert "amount" in [*fault_rows(batch)][1][6]


@pytest.mark.usefixtures("people")
def test_a_file_that_is_in_is_not_brought_in_again_unless_asked_for(tmp_path: Path) -> None:
    folder = orders(tmp_path, "1,ann,,2026-01-01,10,")
    (first,) = load_folder(SYSTEM, folder)
    assert load_folder(SYSTEM, folder) == [first]
    assert ImportBatch.objects.count() == 1
    mapping = Mapping.model_validate({"mapping": "again", "tables": {"orders": {"file": "orders.csv", "columns": {
        "order": "order", "date": "date", "amount": "amount"}}}})  # fmt: skip
    (again,) = load_files(SYSTEM, folder, mapping, again=True)
    assert counted(again) == (0, 0, 1, 0)


@pytest.mark.usefixtures("people")
def test_a_batch_is_undone_whole_but_for_what_others_changed_since(tmp_path: Path) -> None:
    load_folder(SYSTEM, orders(tmp_path, "1,ann,,2026-01-01,10,", "2,ann,,2026-01-01,20,"))
    lines = "1,ann,,2026-01-01,11,", "2,ann,,2026-01-01,21,", "3,bob,,2026-01-01,31,", "4,bob,,2026-01-01,41,"
    folder = orders(tmp_path, *lines)
    (batch,) = load_folder(SYSTEM, folder)
    save_row(row_tables()["orders"], SYSTEM, {"amount": Decimal(99)}, row=Order.objects.get(order="2"))
    undo_batches(SYSTEM, [batch])
    assert dict(Order.objects.values_list("order", "amount")) == {"1": 10, "2": 99}
    batch.refresh_from_db()
    assert batch.state == "undone"
    assert batch.told["undone"] == {"removed": 2, "restored": 1, "kept": 1, "kept_rows": ["2"]}
    assert AuditEvent.objects.filter(action="imports.undo").count() == 1
    (again,) = load_folder(SYSTEM, folder)
    assert counted(again) == (2, 2, 0, 0)
    undo_batches(SYSTEM, [again])
    assert dict(Order.objects.values_list("order", "amount")) == {"1": 10, "2": 99}


@pytest.mark.django_db
def test_people_come_in_with_their_chain_and_go_again(tmp_path: Path) -> None:
    (tmp_path / "participants.csv").write_text("participant,name,team\nann,Ann,North\nbob,Bob,North\n")
    (tmp_path / "reporting_lines.csv").write_text("participant,manager,start\nbob,ann,2026-01-01\n")
    people, lines = load_folder(SYSTEM, tmp_path)
    assert ParticipantVersion.objects.get(participant__participant="bob").team == "North"
    assert ChainLink.objects.get().above == "ann"
    undo_batches(SYSTEM, [people, lines])
    assert not ChainLink.objects.exists()
    assert not ParticipantVersion.objects.exists()
    assert [counted(one) for one in load_folder(SYSTEM, tmp_path)] == [(2, 0, 0, 0), (1, 0, 0, 0)]


@pytest.mark.usefixtures("people")
def test_rows_are_found_by_another_key(tmp_path: Path) -> None:
    Account.objects.create(account="A1", name="Acme")
    (tmp_path / "accounts.csv").write_text("name,industry\nAcme,Tools\nOther,Toys\n")
    mapping = Mapping.model_validate(
        {
            "mapping": "names",
            "tables": {"accounts": {"file": "accounts.csv", "columns": {"name": "name", "industry": "industry"}}},
        }
    )
    (batch,) = load_files(SYSTEM, tmp_path, mapping, match={"accounts": ("name",)})
    assert counted(batch) == (0, 1, 0, 1)
    assert "needs account" in [*result_rows(batch)][-1][-1]
    assert Account.objects.get().industry == "Tools"


@pytest.mark.usefixtures("people")
def test_what_is_refused_by_another_key_says_why(tmp_path: Path) -> None:
    for key, name in (("A1", "Acme"), ("A2", "Acme"), ("A3", "Best")):
        Account.objects.create(account=key, name=name)
    (tmp_path / "accounts.csv").write_text("account,name\nA2,Acme\nA1,Best\nA9,New\n")
    columns = {"account": "account", "name": "name"}
    mapping = Mapping.model_validate(
        {"mapping": "names", "tables": {"accounts": {"file": "accounts.csv", "columns": columns}}}
    )
    (batch,) = load_files(SYSTEM, tmp_path, mapping, match={"accounts": ("name",)})
    told = {row[0]: row[2:] for row in result_rows(batch)}
    assert [told[row][0] for row in ("2", "3", "4")] == ["refused", "refused", "made"]
    assert "more than one row" in told["2"][1]
    assert "key of another row" in told["3"][1]
    assert told["4"][1] == ""


@pytest.mark.django_db
def test_territories_are_only_compared_for_those_in_the_file(tmp_path: Path) -> None:
    for name, text in (
        ("territories", "territory\nnorth\nsouth\n"),
        ("participants", "participant,territory\nann,north\nbob,north\n"),
        ("coverage", "participant,territory,start\nann,south,2026-01-01\nbob,south,2026-01-01\n"),
    ):
        (tmp_path / f"{name}.csv").write_text(text)
    load_folder(SYSTEM, tmp_path)
    later = tmp_path / "later"
    later.mkdir()
    (later / "participants.csv").write_text("participant,name,territory\nbob,Bob,north\n")
    (batch,) = load_folder(SYSTEM, later)
    (told,) = (one for one in batch.told["faults"] if one["check"] == "territory-contradiction")
    assert (told["rows"], "bob" in told["message"]) == (1, True)


def test_who_may_import_what(tmp_path: Path, viewer_of: Callable[[str], Viewer]) -> None:
    folder = orders(tmp_path, "900,,,2026-01-01,10,")
    load_folder(viewer_of("finance"), folder)
    (folder / "accounts.csv").write_text("account\nA\n")
    with pytest.raises(NotAllowedError):
        load_folder(viewer_of("finance"), folder)
    with pytest.raises(NotAllowedError):
        load_folder(viewer_of("auditor"), folder)
    with pytest.raises(Http404):
        load_folder(viewer_of("manager"), folder)


@pytest.mark.usefixtures("people")
def test_rows_leave_by_the_bridge_as_they_came(tmp_path: Path) -> None:
    load_folder(SYSTEM, orders(tmp_path, '1,ann,"a ""b"", c",2026-01-01,10.125,007', "2,,,2026-01-02,20,"))
    one = row_tables()["orders"]
    rows = arrow_of(one.schema, Order.objects.order_by("order")).to_pylist()
    assert rows[0]["account"] == 'a "b", c'
    assert (rows[0]["amount"], rows[0]["channel"], rows[1]["channel"], rows[1]["account"]) == (
        Decimal("10.125"),
        "007",
        None,
        None,
    )


def test_no_cell_of_a_download_is_computed() -> None:
    assert neutral("=1+1") == "'=1+1"
    assert neutral("-12.5") == "-12.5"
    assert b"".join(as_csv([["@x", "ok"]])) == b"'@x,ok\n"


@pytest.mark.usefixtures("people")
def test_what_is_no_code_of_a_currency_is_refused_with_its_rows(tmp_path: Path) -> None:
    header = "order,participant,date,amount,currency"
    lines = "1,ann,2026-01-01,10,USD", "2,ann,2026-01-01,10,Dollars", "3,bob,2026-01-01,10,usd", "4,bob,2026-01-01,1,"
    (batch,) = load_folder(SYSTEM, orders(tmp_path, *lines, header=header))
    assert counted(batch) == (2, 0, 0, 2)
    faults = [one for one in batch.told["faults"] if one["severity"] == "error"]
    assert [(one["values"], one["places"], one["column"]) for one in faults] == [
        (["Dollars", "usd"], [3, 4], "currency")
    ]
