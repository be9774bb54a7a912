"""What a ledger's places are called, read back, counted in stock-takes, picked by lots, and told at past instants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError
from orderhub.inventory import (
    Adjust,
    BackOrder,
    Commit,
    Expire,
    FillBackOrder,
    Ledger,
    Level,
    Move,
    Receive,
    Release,
    Reserve,
    Restock,
    StockCommand,
    StockLine,
    StockSnapshot,
    StockTake,
    TransferCancel,
    TransferReceive,
    TransferShip,
    TransferWriteOff,
    ats,
    by_warehouse,
    defective,
    defective_place,
    doubled_serials,
    fillable,
    in_transit,
    level_at,
    lot_place,
    open_ledger,
    parse_place,
    pick_lots,
    pooled,
    serial_place,
    snapshot_at,
    storage,
    transit_place,
)
from orderhub.inventory.canonical import check, digest
from orderhub.models.logistics import Warehouse, WarehouseKind
from orderhub.testing.stock import START, ManualClock, check_balanced, history

MAY, JUNE = date(2026, 5, 20), date(2026, 6, 20)
plain = st.text(min_size=1, max_size=12).filter(lambda text: not text.startswith("@"))
SERVERS = {"postgresql": "postgres_server", "redis": "redis_server"}
numbers = count()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["memory", "sqlite", "postgresql", "redis"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[Ledger]:
    url = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/stock.db"}.get(request.param)
    made = url or request.getfixturevalue(SERVERS[request.param])
    with open_ledger(made, clock=clock, tenant=f"places-{next(numbers)}") as opened:
        yield opened
        check_balanced(opened)


def line(units: int, sku: str = "A", warehouse: str = "sh") -> tuple[StockLine, ...]:
    return (StockLine(sku, warehouse, units),)


def verdicts(ledger: Ledger, *commands: StockCommand) -> list[str | None]:
    return [outcome.reason for outcome in ledger.apply(commands)]


@given(warehouse=plain, other=plain, lot=plain, day=st.none() | st.dates())
def test_names_of_places_are_read_as_they_were_written(warehouse: str, other: str, lot: str, day: date | None) -> None:
    inside = parse_place(lot_place(warehouse, lot, day))
    assert (inside.kind, inside.warehouse, inside.lot, inside.expires_on) == ("lot", warehouse, lot, day)
    on_the_way = parse_place(transit_place(lot_place(other, lot, day), lot_place(warehouse, lot, day)))
    assert (on_the_way.kind, on_the_way.origin, on_the_way.inside) == (
        "transit", other, lot_place(warehouse, lot, day),
    )  # fmt: skip
    assert parse_place(serial_place(warehouse, lot))[:5] == ("serial", warehouse, None, None, lot)
    assert parse_place(defective_place(warehouse))[:2] == ("defective", warehouse)
    assert parse_place(warehouse)[:2] == ("storage", warehouse)


@pytest.mark.parametrize(
    "name",
    ["@lot:", "@lot:2026-13-01:L:sh", "@lot::L%41:sh", "@lot::L:@lot::L:sh", "@serial::sh", "@defective:", "@transit:sh",
     "@transit:sh:@defective:gz", "@transit:sh:gz", "@defective:sh"],
)  # fmt: skip
def test_what_begins_like_a_place_and_is_none_is_refused(name: str) -> None:
    outcome = check(Reserve("k", line(1, warehouse=name)))
    assert not isinstance(outcome, tuple) and outcome.reason == "invalid"


def test_older_payloads_keep_their_digests() -> None:
    """A database of an earlier version knows these keys by these marks."""
    lines = (StockLine("A", "sh", 2), StockLine("商品", "bj", 1))
    known: dict[StockCommand, str] = {
        Receive("k", lines, "PO"): "d09eaf0fa3c6aae00e8d714940da84d9",
        Restock("k", lines): "01038ebfa5da5c168da948114b838cba",
        Restock("k", lines, False, "x"): "7a1e31f3d4821b1ce7cc2b5c90cb2786",
        Adjust("k", line(-2), "count"): "aa1d74164c997d54d04b4cbd76537067",
        Reserve("k", lines, datetime(2026, 5, 1, tzinfo=UTC)): "37f3440345f7e50136c2970ec3c70670",
        Reserve("k", lines): "c761cfa834af919a707c84a477a98a8e",
        Commit("k", "r", lines): "83bfb39dce9c0f2e7b2b30f2248ba4ce",
        Commit("k", "r"): "6f7190812ae7cf71eb203e016b8280d9",
        Release("k", "r"): "7b1c67e9b5e1df51c7c4575c035be5d0",
        Move("k", "r", lines): "58b6b7c0deb8a30f335b4c20fb739f2d",
        Expire("k"): "c1f1f17ca942bde67690832ebeb75270",
    }
    for command, mark in known.items():
        payload = check(command)
        assert isinstance(payload, tuple) and digest(payload).hex() == mark, command


@pytest.mark.fault(52)
def test_a_count_undoes_no_sale_that_came_in_between(ledger: Ledger, clock: ManualClock) -> None:
    ledger.apply([Receive("in", (*line(10), *line(4, "B")))])
    counted_at = clock.now()
    clock.sleep(60)
    ledger.apply([Reserve("o", line(3)), Commit("s", "o")])
    book = tuple(StockLine(sku, "sh", level_at(ledger, sku, "sh", counted_at).on_hand) for sku in "AB")
    take = StockTake("take", (*line(9), *line(0, "B")), "shelf 7", book)
    assert verdicts(ledger, take, take) == [None, None]
    assert [ledger.level(sku, "sh").on_hand for sku in "AB"] == [6, 0]
    last = ledger.movements("A", "sh")[-1]
    assert (last.kind, last.on_hand_delta, last.reason) == ("counted", -1, "shelf 7")
    assert verdicts(ledger, StockTake("now", line(8))) == [None] and ledger.level("A", "sh").on_hand == 8
    assert verdicts(ledger, StockTake("now", line(7))) == ["key_conflict"]
    assert verdicts(ledger, Reserve("o2", line(8)), StockTake("less", line(7))) == [None, "insufficient_stock"]
    assert verdicts(ledger, StockTake("odd", line(7), None, line(7, "B"))) == ["invalid"]


def test_defective_units_are_seen_and_never_sold(ledger: Ledger) -> None:
    ledger.apply([Receive("in", line(2)), Restock("back", line(3), sellable=False, reason="crushed")])
    assert (ledger.level("A", "sh").available, defective(ledger.levels())) == (2, {("A", "sh"): 3})
    assert ats(ledger.snapshot())["A"].quantity == 2
    aside = defective_place("sh")
    assert verdicts(ledger, Reserve("o", line(1, warehouse=aside))) == ["invalid"]
    repaired = Adjust("fix", (*line(-2, warehouse=aside), *line(2)), "repaired")
    assert verdicts(ledger, repaired, Adjust("scrap", line(-2, warehouse=aside), "x")) == [None, "insufficient_stock"]
    assert (ledger.level("A", "sh").available, defective(ledger.levels())) == (4, {("A", "sh"): 1})


def test_units_between_two_warehouses_are_in_neither_and_never_sold(ledger: Ledger) -> None:
    ledger.apply([Receive("in", line(10)), Reserve("hold", line(8))])
    ship = TransferShip("t", line(6), "gz", "hold")
    assert verdicts(ledger, ship, ship, TransferShip("t2", line(5), "gz")) == [None, None, "insufficient_stock"]
    assert (ledger.level("A", "sh").on_hand, ledger.level("A", "sh").available) == (4, 4)
    assert in_transit(ledger.levels()) == {("A", "gz"): 6} and ats(ledger.snapshot())["A"].quantity == 4
    gz = line(4, warehouse="gz")
    (way,) = ledger.reservations(status="in_transit")
    assert (way.key, way.lines) == ("t", line(6, warehouse=transit_place("sh", "gz")))
    assert ledger.reservations(status="in_transit", keys=["hold"]) == []
    assert [done.key for done in ledger.reservations(status="committed")] == ["hold"]
    assert verdicts(ledger, TransferReceive("c", "t", gz), TransferReceive("over", "t", gz)) == [None, "invalid"]
    assert verdicts(ledger, Release("r", "t"), Commit("co", "t"), Move("m", "t", gz)) == ["invalid"] * 3
    assert verdicts(ledger, TransferWriteOff("w", "t", " ")) == ["invalid"]
    assert verdicts(ledger, TransferWriteOff("w", "t", "wet", line(1, warehouse="gz")), TransferCancel("x", "t")) == [
        None, None,
    ]  # fmt: skip
    assert verdicts(ledger, TransferCancel("y", "t"), TransferReceive("z", "hold"), TransferReceive("u", "no")) == [
        "already_resolved", "already_resolved", "unknown_reservation",
    ]  # fmt: skip
    assert [ledger.level("A", code).available for code in ("sh", "gz")] == [5, 4]
    (kept,) = ledger.reservations(open=False, keys=["t"])
    assert (kept.status, kept.lines, in_transit(ledger.levels())) == ("cancelled", (), {})


def test_back_orders_hold_nothing_until_they_are_filled(ledger: Ledger, clock: ManualClock) -> None:
    wishes = [BackOrder("b1", line(3)), BackOrder("b2", line(2)), BackOrder("b3", line(1))]
    assert verdicts(ledger, *wishes, FillBackOrder("f0", "b1")) == [None, None, None, "insufficient_stock"]
    assert verdicts(ledger, Commit("c", "b1"), Receive("in", line(4))) == ["invalid", None]
    waiting = ledger.reservations(status="waiting")
    assert ledger.reservations(status="in_transit") == []
    assert fillable(waiting, ledger.levels()) == ["b1", "b3"]
    until = START + timedelta(minutes=5)
    assert verdicts(ledger, FillBackOrder("f1", "b1", until), Release("no", "b2"), FillBackOrder("f2", "b2")) == [
        None, None, "already_resolved",
    ]  # fmt: skip
    assert [promise.key for promise in ledger.reservations()] == ["f1"] and ledger.level("A", "sh").available == 1
    clock.sleep(300)
    assert ledger.level("A", "sh").available == 4
    assert verdicts(ledger, Commit("late", "f1"), FillBackOrder("f3", "b3")) == ["expired", None]
    states = {wish.key: wish.status for wish in ledger.reservations(open=False, keys=["b1", "b2", "b3"])}
    assert states == {"b1": "filled", "b2": "released", "b3": "filled"}


def test_lots_are_picked_by_what_expires_first_and_stay_lots_on_their_way(ledger: Ledger) -> None:
    may, june, never = (lot_place("sh", name, day) for name, day in (("L:1", MAY), ("L2", JUNE), ("L3", None)))
    ledger.apply([Receive("in", tuple(StockLine("A", place, 3) for place in (never, june, may)))])
    pick = pick_lots(line(5), ledger.levels(), on=date(2026, 5, 10), days_left=7)
    assert pick.lines == (StockLine("A", may, 3), StockLine("A", june, 2)) and not pick.missing
    assert [each.warehouse for each in pick_lots(line(5), ledger.levels(), on=MAY).lines] == [may, june]
    assert pick_lots(line(9), ledger.levels(), on=date(2026, 5, 21)).missing == {("A", "sh"): 3}
    assert verdicts(ledger, Reserve("o", pick.lines), Reserve("p", pick.lines)) == [None, "insufficient_stock"]
    assert [(level.warehouse, level.available) for level in by_warehouse(ledger.levels())] == [("sh", 4)]
    assert verdicts(ledger, TransferShip("t", line(1, warehouse=june), "gz"), TransferReceive("r", "t")) == [None, None]
    assert ledger.level("A", lot_place("gz", "L2", JUNE)).on_hand == 1


def test_a_unit_with_a_serial_number_is_there_once(ledger: Ledger) -> None:
    unit = serial_place("sh", "SN1")
    assert verdicts(ledger, Receive("in", line(1, warehouse=unit)), Receive("in2", line(1, warehouse=unit))) == [
        None, "invalid",
    ]  # fmt: skip
    assert verdicts(ledger, Receive("two", line(2, warehouse=serial_place("sh", "SN2")))) == ["invalid"]
    assert verdicts(ledger, Restock("r", line(1, warehouse=unit)), StockTake("s", line(2, warehouse=unit))) == [
        "invalid", "invalid",
    ]  # fmt: skip
    assert pick_lots(line(1), ledger.levels(), on=MAY).lines == (StockLine("A", unit, 1),)
    assert verdicts(ledger, TransferShip("t", line(1, warehouse=unit), "gz"), Receive("in3", line(1, warehouse=unit))) == [
        None, None,
    ]  # fmt: skip
    assert doubled_serials(ledger.levels()) == [("A", "SN1")]
    assert verdicts(ledger, TransferCancel("back", "t"), TransferReceive("come", "t")) == ["invalid", None]


def test_every_past_instant_is_told_as_it_was(ledger: Ledger, clock: ManualClock) -> None:
    seen: list[tuple[datetime, StockSnapshot]] = []
    for command, seconds in history(11, 60):
        clock.sleep(seconds + 1)
        ledger.apply([command])
        seen.append((clock.now(), ledger.snapshot()))
    for at, snapshot in seen[::7]:
        assert snapshot_at(ledger, at) == snapshot
        assert all(level_at(ledger, level.sku, level.warehouse, at) == level for level in snapshot.levels)
    assert snapshot_at(ledger, START - timedelta(1)) == StockSnapshot(0, ())
    with pytest.raises(ConfigurationError, match="aware"):
        level_at(ledger, "A", "sh", datetime(2026, 1, 1))


def test_a_virtual_pool_keeps_the_totals() -> None:
    kinds = {"sh": "own", "gz": "third_party", "fba": "platform", "maker": "supplier", "online": "virtual"}
    warehouses = [Warehouse(code=code, kind=WarehouseKind(kind)) for code, kind in kinds.items()]
    levels = [Level("A", "sh", 5, 1, 2), Level("A", lot_place("gz", "L"), 3, 0, 1), Level("A", "fba", 9, 0, 1),
              Level("A", transit_place("sh", "gz"), 4, 4, 1)]  # fmt: skip
    found = pooled(levels, warehouses, {"online": ("sh", "gz")})
    assert {level.warehouse: level.available for level in found} == {"sh": 4, "gz": 3, "fba": 9, "online": 7}
    for pools in ({"sh": ("gz",)}, {"online": ("online",)}, {"online": ("nowhere",)}):
        with pytest.raises(ConfigurationError):
            pooled(levels, warehouses, pools)
    assert [level.warehouse for level in storage(levels)] == ["sh", lot_place("gz", "L"), "fba"]
