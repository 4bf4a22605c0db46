"""The form of a mapping and its text are the same document: what is drawn and handed back is what it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client

from attain.sources.mapping import read_mapping
from attain_web.imports.choosing import chosen
from attain_web.imports.models import Profile, Upload

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

Browser = Callable[[str], Client]


class Fields(HTMLParser):
    """What a browser sends of the first form of columns on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._is_inside = False
        self._name = self._text = ""
        self._values: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = told.get("class") == "mapping"
        if not self._is_inside:
            return
        if tag == "input" and (told.get("type") != "checkbox" or "checked" in told):
            self.sent.append((told["name"], told.get("value", "on")))
        elif tag in ("select", "textarea"):
            self._name, self._values, self._text = told["name"], [], ""
        elif tag == "option":
            self._values.insert(0 if "selected" in told else len(self._values), told.get("value", ""))

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if self._is_inside and tag in ("select", "textarea"):
            self.sent.append((self._name, self._text if tag == "textarea" else self._values[0]))


def fields(page: str) -> QueryDict:
    read = Fields()
    read.feed(page)
    sent = QueryDict(mutable=True)
    for name, value in read.sent:
        sent.appendlist(name, value)
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def handed_in(browser: Client, **files: str) -> Upload:
    given = [SimpleUploadedFile(f"{name}.csv", text.encode()) for name, text in files.items()]
    browser.post("/imports/new/", {"handed_in": given})
    return Upload.objects.get()


def drawn(browser: Client, upload: Upload) -> QueryDict:
    return fields(browser.get(f"/imports/uploads/{upload.pk}/").content.decode())


def posted(browser: Client, upload: Upload, sent: QueryDict) -> Upload:
    body = sent.urlencode()
    browser.post(f"/imports/uploads/{upload.pk}/mapping/", body, content_type=FORM, follow=True)
    upload.refresh_from_db()
    return upload


FORM = "application/x-www-form-urlencoded"
DEALS = 'Deal ID,Owner,Stage,Amount,Close Date,Region\n1,ann,Closed Won,"1,200.50",31/01/2026,North\n'


@pytest.mark.parametrize("name", ["adventureworks", "maven"])
def test_a_mapping_that_is_drawn_and_handed_back_is_the_same(client_of: Browser, shared: Path, name: str) -> None:
    folder = shared / "data" / {"adventureworks": "adventureworks_oltp", "maven": "maven_crm"}[name]
    text = (EXAMPLES / name / "mapping.yaml").read_text()
    names = {table.file for table in read_mapping(text).tables.values()}
    browser = client_of("operations")
    upload = handed_in(browser, **{one.removesuffix(".csv"): (folder / one).read_text("utf-8-sig") for one in names})
    Upload.objects.update(mapping=text)
    sent = drawn(browser, upload)
    assert chosen(sent, upload.folder / "files").mapping == text
    sent["s0:further"] = ""
    changed = read_mapping(chosen(sent, upload.folder / "files").mapping)
    assert changed != read_mapping(text)
    assert [*changed.tables] == [*read_mapping(text).tables]
    assert ("# Files of" in chosen(sent, upload.folder / "files").mapping) == ("# Files of" in text)


def test_columns_are_chosen_without_any_text(client_of: Browser) -> None:
    browser = client_of("operations")
    upload = handed_in(browser, deals=DEALS)
    sent = drawn(browser, upload)
    assert sent["s0:table"] == "opportunities"
    assert (sent["s0-stage:from"], sent["s0-close_date:date"]) == ("=Stage", "%d/%m/%Y")
    assert sent["s0-stage:aliases"] == "Closed Won = won"
    sent["s0-stage:aliases"] = "Closed Won = won\r\nClosed Lost=lost"
    sent["s0-amount:number"] = ".,"
    sent["s0-currency:from"], sent["s0-currency:same"] = "same", "EUR"
    sent["s0-participant:from"] = ""
    sent["s0:match"] = "stage"
    sent.setlist("s0:further", ["new:Owner"])
    sent["save_as"] = "Deals"
    upload = posted(browser, upload, sent)
    assert upload.state == "checking"
    assert upload.match == {"opportunities": ["stage"]}
    assert upload.mapping == Profile.objects.get().mapping
    assert read_mapping(upload.mapping).model_dump(exclude_defaults=True)["tables"] == {
        "opportunities": {
            "file": "deals.csv",
            "columns": {
                "opportunity": {"column": "Deal ID"},
                "stage": {"column": "Stage", "aliases": {"Closed Won": "won", "Closed Lost": "lost"}},
                "amount": {"column": "Amount", "thousands": ","},
                "close_date": {"column": "Close Date", "format": "%d/%m/%Y"},
                "currency": {"value": "EUR"},
                "Owner": {"column": "Owner"},
            },
        }
    }


def test_what_the_form_cannot_say_is_shown_and_kept(client_of: Browser) -> None:
    browser = client_of("operations")
    upload = handed_in(browser, deals=DEALS)
    text = (
        "mapping: deals # ours\ntables:\n  opportunities:\n    file: deals.csv\n    nulls: [n/a]\n    columns:\n"
        '      opportunity: {formula: "\'D\' || \\"Deal ID\\""}\n      stage:\n'
        '        {column: Stage, aliases: {" a = b": won}}\n'
        "      participant: {column: Owner, lookup: {file: deals.csv, match: Owner, take: Region}}\n"
        "      amount: {column: Amount, thousands: ',', strip: [$]}\n      area: {column: Region, type: text}\n"
    )
    Upload.objects.update(mapping=text)
    page = browser.get(f"/imports/uploads/{upload.pk}/").content.decode()
    assert "looked up in deals.csv" in page
    sent = fields(page)
    sent["s0-close_date:from"] = "=Close Date"
    sent["s0-close_date:date"], sent["s0-close_date:own"] = "own", "%d/%m/%Y"
    told = chosen(sent, upload.folder / "files").mapping
    assert "# ours" in told
    before, after = (read_mapping(one).model_dump(exclude_defaults=True) for one in (text, told))
    added = after["tables"]["opportunities"]["columns"].pop("close_date")
    assert added == {"column": "Close Date", "format": "%d/%m/%Y"}
    assert after == before


def test_another_table_is_shown_with_its_own_columns(client_of: Browser) -> None:
    browser = client_of("operations")
    upload = handed_in(browser, deals=DEALS, notes="one,two\n1,2\n")
    sent = drawn(browser, upload)
    assert sent["s1:table"] == ""
    sent["s1:table"], sent["more-file"], sent["more-table"] = "accounts", "deals.csv", "territories"
    page = browser.post(f"/imports/uploads/{upload.pk}/mapping/", sent.urlencode(), content_type=FORM)
    assert page.status_code == 200
    upload.refresh_from_db()
    assert upload.state == "uploaded"
    again = fields(page.content.decode())
    assert [again[f"s{number}:table"] for number in range(3)] == ["opportunities", "accounts", "territories"]
    again["s1:table"] = "opportunities"
    page = browser.post(f"/imports/uploads/{upload.pk}/mapping/", again.urlencode(), content_type=FORM)
    assert re.search("Only one file can fill", page.content.decode())


def test_a_column_that_is_chosen_is_not_kept_a_second_time(client_of: Browser) -> None:
    upload = handed_in(client_of("operations"), deals=DEALS)
    sent = drawn(client_of("operations"), upload)
    assert "kept:Region" in sent.getlist("s0:further")
    sent["s0-territory:from"] = "=Region"
    columns = read_mapping(posted(client_of("operations"), upload, sent).mapping).tables["opportunities"].columns
    assert columns["territory"].column == "Region"
    assert "Region" not in columns


def test_what_was_chosen_stays_where_the_other_table_has_the_same_column(client_of: Browser) -> None:
    client = client_of("operations")
    upload = handed_in(client, deals="Deal ID,Whose,Stage,Amount,Close Date\n1,ann,open,1,2026-01-31\n")
    sent = drawn(client, upload)
    sent["s0-participant:from"] = "=Whose"
    sent["s0:table"] = "orders"
    page = client.post(f"/imports/uploads/{upload.pk}/mapping/", sent.urlencode(), content_type=FORM).content.decode()
    again = fields(page)
    assert again["s0-participant:from"] == "=Whose"
    assert "kept:Whose" not in again.getlist("s0:further")


def test_a_wrong_format_is_told_with_its_column_and_the_rest_stays(client_of: Browser) -> None:
    browser = client_of("operations")
    upload = handed_in(browser, deals=DEALS)
    sent = drawn(browser, upload)
    sent["s0-close_date:date"], sent["s0-close_date:own"] = "own", "%Q"
    sent["s0-stage:aliases"] = "won"
    sent["s0-currency:from"], sent["s0-currency:same"] = "same", "EUR"
    told = chosen(sent, upload.folder / "files")
    assert [one.partition(":")[0] for one in told.faults] == ["Stage", "Close date"]
    assert read_mapping(told.mapping).tables["opportunities"].columns["currency"].value == "EUR"


def test_a_file_in_another_encoding_is_suggested(client_of: Browser) -> None:
    browser = client_of("operations")
    given = [SimpleUploadedFile("accounts.csv", "Account ID;Account Name\n1;Möbel\n".encode("cp1252"))]
    browser.post("/imports/new/", {"handed_in": given})
    page = browser.get(f"/imports/uploads/{Upload.objects.get().pk}/").content.decode()
    assert "Möbel" in page
    assert "cp1252" in page


def test_the_delimiter_and_the_encoding_are_chosen(client_of: Browser) -> None:
    browser = client_of("operations")
    given = [SimpleUploadedFile("deals.csv", DEALS.replace(",", ";").replace("ann", "möller").encode("cp1250"))]
    browser.post("/imports/new/", {"handed_in": given})
    upload = Upload.objects.get()
    sent = drawn(browser, upload)
    assert (sent["s0:delimiter"], sent["s0:encoding"]) == (";", "cp1252")
    sent["s0:delimiter"] = "|"
    told = chosen(sent, upload.folder / "files")
    assert "Write delimiter: ';'" in told.faults[0]
    sent["s0:delimiter"], sent["s0:encoding"] = ";", "cp1250"
    told = chosen(sent, upload.folder / "files")
    assert (told.is_other, told.faults) == (True, [])
    table = read_mapping(told.mapping).tables["opportunities"]
    assert (table.delimiter, table.encoding, table.columns["stage"].column) == (";", "cp1250", "Stage")


def test_a_sign_that_cannot_part_values_is_told_with_its_place(client_of: Browser) -> None:
    browser = client_of("operations")
    upload = handed_in(browser, deals=DEALS)
    text = str(drawn(browser, upload)["mapping"]).replace("file: deals.csv", "file: deals.csv\n    delimiter: €")
    page = browser.post(f"/imports/uploads/{upload.pk}/mapping/", {"mapping": text})
    assert page.status_code == 422
    assert "this sign cannot part values" in page.content.decode()


def test_further_columns_hold_what_is_chosen(client_of: Browser) -> None:
    browser = client_of("operations")
    text = DEALS.replace("Region\n", "Region,Signed,Seats\n").replace("North\n", "North,30/01/2026,12\n")
    upload = handed_in(browser, deals=text)
    sent = drawn(browser, upload)
    assert sent["s0:type:kept:Seats"] == "text"
    sent["s0:type:kept:Seats"], sent["s0:type:kept:Signed"] = "integer", "date"
    told = chosen(sent, upload.folder / "files").mapping
    columns = read_mapping(told).tables["opportunities"].columns
    assert (columns["Seats"].type, columns["Region"].type) == ("integer", None)
    assert (columns["Signed"].type, columns["Signed"].format) == ("date", "%d/%m/%Y")
    Upload.objects.update(mapping=told)
    again = drawn(browser, upload)
    assert again["s0:type:kept:Seats"] == "integer"
    again["s0:type:kept:Seats"] = "text"
    assert (
        read_mapping(chosen(again, upload.folder / "files").mapping).tables["opportunities"].columns["Seats"].type
        is None
    )


def test_what_most_values_look_like_is_suggested(client_of: Browser) -> None:
    lines = "".join(f'{number},open,"1.{number:03},50",{number + 10}.01.2026\n' for number in range(9))
    text = f"Deal ID,Stage,Amount,Close Date\n{lines}10,open,none,soon\n"
    sent = drawn(client_of("operations"), handed_in(client_of("operations"), deals=text))
    assert (sent["s0-amount:number"], sent["s0-close_date:date"]) == (",.", "%d.%m.%Y")
