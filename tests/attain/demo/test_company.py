"""The demo company is consistent, believable, and the same each time."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from attain.demo import PLANS, generate, write
from attain.tables import TABLES

Rows = list[tuple[Any, ...]]
Ask = Callable[[str], Rows]

FACTS = (
    ("orders", "f.date"),
    ("activities", "f.date"),
    ("leads", "f.created_date"),
    ("leads", "f.converted_date"),
    ("opportunities", "f.created_date"),
    ("opportunities", "least(f.close_date, date '2026-12-31')"),
    ("splits", "(select o.date from orders o where o.order = f.fact)"),
    ("quotas", "greatest(f.start, p.start)"),
)
CREDITS = """
    select coalesce(s.participant, o.participant) participant, o.date, o.amount * coalesce(s.share, 100) / 100 amount
    from orders o left join splits s on s.fact_table = 'orders' and s.fact = o.order
"""


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    return generate()


@pytest.fixture(scope="module")
def ask(tables: dict[str, pa.Table]) -> Ask:
    connection = duckdb.connect()
    for name, table in tables.items():
        connection.register(name, table)
    return lambda query: connection.execute(query).fetchall()


BY_HAND = {
    "adjustments",
    "assignments",
    "cancellations",
    "exchange_rates",
    "holds",
    "paid",
    "objectives",
    "quota_adjustments",
    "relationships",
}


def test_every_table_has_rows_of_its_schema_and_the_mark(tables: dict[str, pa.Table]) -> None:
    assert list(tables) == list(TABLES)
    for name, table in tables.items():
        assert (table.num_rows > 0) == (name not in BY_HAND), f"{name}: no person of the demo has entered any"
        assert table.schema.metadata == {b"attain.generated": b"Halden Instruments, seed 7"}
        for column in TABLES[name].columns:
            assert column.name in table.column_names, f"{name}.{column.name}"
            assert not (column.required and table[column.name].null_count), f"{name}.{column.name}"
    assert set(tables["participants"]["generated"].to_pylist()) == {"Halden Instruments is a generated company"}
    assert tables["orders"].schema.field("amount").type == pa.decimal128(18, 2)
    assert tables["splits"].schema.field("share").type == pa.decimal128(9, 6)
    assert tables["participants"].schema.field("commission_rate").type == pa.decimal128(9, 6)


@pytest.mark.parametrize("name", TABLES)
def test_keys_are_unique_and_references_resolve(name: str, ask: Ask) -> None:
    key = ", ".join(f'"{column}"' for column in TABLES[name].key)
    assert not ask(f"select {key} from {name} group by {key} having count(*) > 1")
    for column in TABLES[name].columns:
        if column.refers_to:
            target = f'select "{TABLES[column.refers_to].key[0]}" from {column.refers_to}'
            assert not ask(f'select * from {name} where "{column.name}" not in ({target})'), column.name


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if table.versions_of])
def test_versions_do_not_overlap(name: str, ask: Ask) -> None:
    owner = TABLES[name].versions_of[0]
    assert not ask(f'select * from {name} where "end" <= start')
    assert not ask(f"""
        select * from {name} a join {name} b on a.{owner} = b.{owner} and a.start < b.start
        where a.end is null or a.end > b.start""")


@pytest.mark.parametrize(("name", "day"), FACTS)
def test_participants_are_employed_when_it_happens(name: str, day: str, ask: Ask) -> None:
    assert not ask(f"""
        select f.* from {name} f join (
            select participant, min(start) start, case when count(*) = count("end") then max("end") end "end"
            from participants group by participant) p using (participant)
        where {day} < p.start or {day} >= p.end""")


def test_reporting_lines_lead_to_the_chief_without_a_cycle(tables: dict[str, pa.Table]) -> None:
    lines = tables["reporting_lines"].to_pylist()
    for day in sorted({row["start"] for row in lines} | {date(2026, 12, 31)}):
        there = [row for row in lines if row["start"] <= day and (row["end"] is None or row["end"] > day)]
        manager = {row["participant"]: row["manager"] for row in there}
        for steps in manager.items():
            chain = list(steps)
            while len(chain) < 9 and chain[-1] not in {None, "P-001"}:
                chain.append(manager[chain[-1]])
            assert len(chain) <= 4, f"{chain} on {day}"
            assert chain[-1] == "P-001" or steps == ("P-001", None), f"{chain} on {day}"


def test_people_come_go_move_and_rise(ask: Ask) -> None:
    assert 55 <= ask("select count(distinct participant) from participants")[0][0] <= 68
    assert ask("""select participant from participants group by participant having
        count(distinct title) = 2 and max(start) filter (title = 'Sales Manager') = '2025-10-01'""")
    moves = "select participant from coverage group by participant having count(*) > 1"
    assert len(ask(moves)) == 2
    assert len(ask(f"{moves.replace('coverage', 'reporting_lines')} and max(start) = '2026-05-11'")) == 1
    assert ask("""select count(*) from (select participant from participants group by participant
        having count("end") = count(*))""") == [(5,)]
    assert ask("select count(distinct email) = count(distinct participant) from participants") == [(True,)]


def test_all_lies_in_the_two_years(ask: Ask) -> None:
    for name, column in (("orders", "date"), ("activities", "date"), ("leads", "created_date")):
        [(first, last)] = ask(f"select min({column}), max({column}) from {name}")
        assert date(2025, 1, 1) <= first, name
        assert last < date(2027, 1, 1), name
    assert ask("select max(date) < '2027-01-01' from stage_history") == [(True,)]
    assert not ask("""select * from opportunities
        where (stage in ('won', 'lost')) <> (close_date < '2027-01-01') or close_date < '2025-01-01'""")


def test_opportunities_go_through_their_stages_in_order(ask: Ask) -> None:
    assert not ask("""
        with entered as (
            select opportunity, date, h.stage, lag(date) over w before, row_number() over w = 1 is_first,
                lead(h.stage) over w is null is_last,
                list_position(['qualification', 'discovery', 'proposal', 'negotiation', 'won', 'lost'], h.stage) rank,
                lag(rank) over w rank_before
            from stage_history h window w as (partition by opportunity order by date))
        select * from entered join opportunities o using (opportunity)
        where date <= before or rank <= rank_before or (is_first and (date <> created_date or rank <> 1))
            or (is_last and entered.stage <> o.stage) or (rank > 4 and date <> close_date)""")
    assert ask("select bool_and(close_date - created_date between 20 and 120) from opportunities") == [(True,)]


def test_orders_are_the_sums_of_their_lines(ask: Ask) -> None:
    assert not ask("""
        select o.order from orders o join order_lines l on l.order = o.order group by o.order, o.amount, o.cost
        having sum(l.amount) <> o.amount or sum(l.cost) <> o.cost or count(*) > 6""")
    assert not ask("select * from orders where not exists (from order_lines l where l.order = orders.order)")
    assert not ask("""
        select l.* from order_lines l join products using (product)
        where abs(l.amount * 100 - quantity * list_price * (100 - discount)) > 0.5""")
    assert not ask("select * from orders where (amount < 0) <> (kind = 'credit note')")
    assert 5 <= ask("select count(*) from orders where amount < 0")[0][0] <= 20


def test_each_won_opportunity_has_one_order_on_or_after_its_close(ask: Ask) -> None:
    assert not ask("""
        select opportunity from opportunities p left join orders o using (opportunity) where stage = 'won'
        group by all having count(o.order) <> 1""")
    assert not ask("""
        select * from orders o join opportunities p using (opportunity)
        where stage <> 'won' or date < close_date or o.amount <> p.amount or o.participant <> p.participant""")
    assert not ask(
        "select * from leads join opportunities using (opportunity) where converted_date <> opportunities.created_date"
    )


def test_shares_of_an_order_total_100(tables: dict[str, pa.Table], ask: Ask) -> None:
    assert not ask("select fact from splits group by fact having sum(share) <> 100")
    assert Decimal("33.333334") in tables["splits"]["share"].to_pylist()
    assert 0.03 <= ask("select count(distinct fact) / (select count(*) from orders) from splits")[0][0] <= 0.07


def test_managers_are_asked_for_a_little_less_than_their_teams(ask: Ask) -> None:
    parts = ask("""
        select m.quota / sum(r.quota) from quotas m join reporting_lines l on l.manager = m.participant
            and l.start <= m.start and (l.end is null or l.end >= m.end)
        join quotas r on r.participant = l.participant and r.start = m.start and r.measure <> 'calls'
        where m.measure = 'team_bookings' group by m.participant, m.start, m.quota""")
    assert sum(Decimal("0.93") <= Decimal(part) <= Decimal("0.99") for (part,) in parts) >= 0.85 * len(parts)


def test_attainment_is_believable(ask: Ask) -> None:
    years = ask(f"""
        with credits as ({CREDITS}), quarters as (
            select q.participant, q.start, any_value(quota) quota, coalesce(sum(amount), 0) bookings
            from quotas q left join credits c on c.participant = q.participant and c.date >= q.start and c.date < q.end
            where measure = 'bookings' group by q.participant, q.start)
        select sum(bookings) / sum(quota) from quarters group by participant, year(start)""")
    reached = sorted(float(attainment) for (attainment,) in years)
    assert 0.40 <= sum(attainment >= 1 for attainment in reached) / len(reached) <= 0.65
    assert 0.3 <= reached[0] <= 0.6
    assert 1.6 <= reached[-1] <= 2.0
    assert 0.9 <= reached[len(reached) // 2] <= 1.1


def test_pipeline_is_believable(ask: Ask) -> None:
    [(win_rate,)] = ask("select avg((stage = 'won')::int) from opportunities where stage in ('won', 'lost')")
    assert 0.25 <= win_rate <= 0.30
    rates: dict[str, float] = dict(
        ask("select source, avg((converted_date is not null)::int) from leads group by source")
    )
    assert 0.05 <= rates["cold call"] < rates["website"] < rates["referral"] <= 0.4
    [(mean, median)] = ask("select avg(amount), median(amount) from orders where amount > 0")
    assert mean > 1.1 * float(median)  # a long tail of large orders


def test_business_swings_with_the_seasons(ask: Ask) -> None:
    by_month = {month: float(amount) for month, amount in ask("select month(date), sum(amount) from orders group by 1")}
    assert all(by_month[month] > max(by_month[month - 1], by_month[month - 2]) for month in (3, 6, 9, 12))
    assert by_month[7] + by_month[8] < by_month[5] + by_month[6]
    assert max(by_month, key=lambda month: by_month[month]) == 12


def test_the_same_seed_gives_the_same_company(tables: dict[str, pa.Table]) -> None:
    assert all(table.equals(tables[name], check_metadata=True) for name, table in generate(7).items())
    assert not generate(8)["orders"].equals(tables["orders"])


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_writing_twice_gives_the_same_bytes_and_nothing_beside(tmp_path: Path, tables: dict[str, pa.Table]) -> None:
    write(tmp_path / "deep" / "demo")
    first = _digests(tmp_path / "deep" / "demo")
    assert set(first) == {"README.txt", *(f"{name}.parquet" for name in TABLES)}
    write(tmp_path / "deep" / "demo")
    assert _digests(tmp_path / "deep" / "demo") == first
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["demo"]
    stored = pq.read_table(tmp_path / "deep" / "demo" / "orders.parquet")
    assert stored.equals(tables["orders"], check_metadata=True)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "orders.parquet").write_bytes(b"someone's own")
    with pytest.raises(FileExistsError, match="new or an empty folder"):
        write(tmp_path)
    assert (tmp_path / "orders.parquet").read_bytes() == b"someone's own"


def test_an_interrupted_write_leaves_the_earlier_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "demo", seed=8)
    earlier = _digests(tmp_path / "demo")

    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pq, "write_table", fail)
    for name in ("demo", "other"):
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / name)
    assert _digests(tmp_path / "demo") == earlier
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


@pytest.mark.parametrize("file", sorted(PLANS.glob("*.yaml")), ids=lambda file: file.stem)
def test_plans_are_for_titles_that_exist_and_pay_what_their_examples_name(file: Path, ask: Ask) -> None:
    plan = YAML(typ="safe").load(file)
    assert ask(f"select count(*) > 0 from participants where {plan['participants']}") == [(True,)]
    names = {component["name"] for component in plan["components"]}
    assert all(set(example["expect"]) == names for example in plan["examples"])
