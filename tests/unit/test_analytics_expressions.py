"""Figures as expressions: what they say of known orders, that they agree with the report, that every engine takes them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orderhub import AsyncHub, Hub
from orderhub.analytics import build_report
from orderhub.analytics.expressions import FIGURES, Analytics, Scope, figure, unbound
from orderhub.errors import ConfigurationError
from orderhub.frames import to_arrow
from orderhub.models import (
    AftersaleStatus,
    Buyer,
    FulfilledBy,
    LineItem,
    Movement,
    Order,
    OrderStatus,
    PaymentStatus,
    Refund,
    Shipment,
)
from orderhub.testing.orders import sample_order, sample_refund

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
KEY = b"a key of sixteen bytes or more"


def day(number: int, hour: int = 4) -> datetime:
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def sale(order_id: str, created: datetime | None, total: str | None = "10", *, buyer: str | None = None,
         skus: tuple[str, ...] = ("A",), **changes: Any) -> Order:  # fmt: skip
    lines = tuple(
        LineItem(line_id=f"{order_id}-{sku}", sku=sku, quantity=1, total=Decimal(total) if total else None)
        for sku in skus
    )
    return sample_order(order_id, **({
        "status": OrderStatus.COMPLETED, "payment_status": PaymentStatus.PAID, "created_at": created, "lines": lines,
        "total": Decimal(total) if total else None, "buyer": Buyer(buyer_id=buyer),
    } | changes))  # fmt: skip


def asked(orders: list[Order], refunds: list[Refund] | tuple[()] = (), **given: Any) -> Analytics:
    found = Analytics(at=NOW, customer_key=KEY, **given)
    found.add(*to_arrow(orders, refunds))
    return found


@pytest.fixture(scope="module")
def empty() -> Iterator[Analytics]:
    with Analytics(at=NOW, customer_key=KEY) as found:
        yield found


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "pyspark", "trino", "clickhouse"])
def test_every_figure_compiles_for_every_engine(dialect: str) -> None:
    scope = Scope(tables=unbound(), at=NOW, period="month", into="CNY", rates={"USD": Decimal("7.1")})
    for name, known in FIGURES.items():
        text = ibis.to_sql(figure(name, scope), dialect=dialect)
        assert all(column in text for column in known.columns), name


@pytest.mark.parametrize("name", FIGURES)
def test_no_orders_no_rows_but_the_same_columns(name: str, empty: Analytics) -> None:
    found = empty.figure(name)
    assert found.num_rows == 0
    assert ibis.Schema.from_pyarrow(found.schema) == ibis.schema(dict(FIGURES[name].columns))


AMOUNTS = st.none() | st.decimals(0, 10**9, places=2)
ORDERS = st.lists(st.builds(
    sale, st.uuids().map(str), st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    AMOUNTS.map(lambda amount: None if amount is None else str(amount)), skus=st.sampled_from([(), ("A",), ("A", "B")]),
    status=st.sampled_from(OrderStatus), payment_status=st.sampled_from(PaymentStatus), refunded=AMOUNTS, is_cod=st.booleans(),
    currency=st.sampled_from(["CNY", "USD"]), shop_id=st.sampled_from(["tb-1", "tb-2"]),
), max_size=8)  # fmt: skip
CASES = st.builds(
    sample_refund, st.uuids().map(str), status=st.sampled_from(AftersaleStatus), amount=AMOUNTS, currency=st.just("CNY")
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(orders=ORDERS, cases=st.lists(CASES, max_size=3))
def test_figures_agree_with_the_report_to_the_digit(orders: list[Order], cases: list[Refund]) -> None:
    cases = [
        case.model_copy(update={"order_id": order.order_id, "shop_id": order.shop_id})
        for case, order in zip(cases, orders, strict=False)
    ]
    zone = ZoneInfo("Asia/Shanghai")
    zones = {"taobao:tb-2": ZoneInfo("America/New_York")}
    report = build_report(orders, [], NOW, zone=zone, zones=zones, refunds=cases)
    with asked(orders, cases, zone=zone, zones=zones) as found:
        for mine, theirs, drop in [
            ("totals", "totals", ["average"]),
            ("by_period", "by_day", []),
            ("by_shop", "by_shop", []),
        ]:
            rows = [
                {("period" if k == "day" else k): v for k, v in row.items() if k not in drop}
                for row in report.records(theirs)
            ]
            assert sorted(map(_words, found.records(mine))) == sorted(map(_words, rows))


def _words(row: dict[str, Any]) -> str:
    return repr(
        sorted(
            (name, f"{cell.normalize():f}" if isinstance(cell, Decimal) else str(cell)) for name, cell in row.items()
        )
    )


def test_a_day_is_cut_in_the_shops_own_zone_in_summer_and_winter() -> None:
    orders = [
        sale("winter", datetime(2026, 1, 2, 4, 30, tzinfo=UTC)), sale("summer", datetime(2026, 7, 2, 4, 30, tzinfo=UTC)),
        sale("edge", datetime(2026, 3, 8, 6, 59, 59, 999999, tzinfo=UTC)), sale("home", datetime(2026, 7, 2, 16, tzinfo=UTC), shop_id="tb-2"),
    ]  # fmt: skip
    with asked(orders, zones={"taobao:tb-1": ZoneInfo("America/New_York")}) as found:
        days = {row["period"] for row in found.records("by_period")}
        weeks = [row["period"] for row in found.records("by_period", period="week")]
    assert days == {date(2026, 1, 1), date(2026, 7, 2), date(2026, 3, 8), date(2026, 7, 3)}
    assert weeks == [date(2025, 12, 29), date(2026, 3, 2), date(2026, 6, 29)]


def test_currencies_are_added_only_at_a_given_rate() -> None:
    orders = [sale("1", day(1), "10"), sale("2", day(1), "10", currency="USD"), sale("3", day(1), "1", currency="EUR")]
    with asked(orders) as found:
        apart = {row["currency"]: row["sales"] for row in found.records("totals")}
        given = {
            row["currency"]: row["sales"] for row in found.records("totals", into="CNY", rates={"USD": Decimal("7.1")})
        }
        goods = {
            row["currency"]: row["goods"] for row in found.records("by_sku", into="CNY", rates={"USD": Decimal("7.1")})
        }
    assert apart == {"CNY": 10, "USD": 10, "EUR": 1}
    assert given == goods == {"CNY": 81, "EUR": 1}


@pytest.mark.parametrize("wrong", [
    {"rates": {"USD": Decimal(7)}}, {"into": "CNY"}, {"into": "CNY", "rates": {"USD": 7.1}}, {"top": 0}, {"period": "hour"},
    {"at": datetime(2026, 1, 1)}, {"division_digits": 3}, {"into": "CNY", "rates": {"CNY": Decimal(2)}},
])  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused(wrong: dict[str, Any], empty: Analytics) -> None:
    with pytest.raises(ConfigurationError):
        empty.figure("totals", **wrong)


def test_an_unknown_figure_and_a_short_key_are_refused(empty: Analytics) -> None:
    with pytest.raises(ConfigurationError, match="by_sku"):
        empty.figure("nonsense")
    with pytest.raises(ConfigurationError, match="sixteen"):
        Analytics(at=NOW, customer_key=b"short")


def test_trend_has_a_moving_average_over_silent_days_and_growth_from_the_day_before() -> None:
    with asked([sale("1", day(1), "10"), sale("2", day(2), "30"), sale("4", day(4), "50")]) as found:
        rows = found.records("trend", window=2)
    assert [(row["period"].day, row["moving_average"], row["growth"]) for row in rows] == [
        (1, None, None), (2, Decimal(20), Decimal(2)), (4, Decimal(25), None),
    ]  # fmt: skip


def test_top_skus_and_baskets() -> None:
    orders = [
        sale("1", day(1), "10", skus=("A", "B")), sale("2", day(1), "10", skus=("A", "B")),
        sale("3", day(1), "5", skus=("A", "C")), sale("4", day(1), "7", skus=("C",)),
        sale("5", day(1), "99", skus=("D",), status=OrderStatus.CANCELLED),
    ]  # fmt: skip
    with asked(orders) as found:
        top, pairs = found.records("top_skus", top=2), found.records("baskets")
    assert [(row["place"], row["sku"], row["goods"]) for row in top] == [(1, "A", 25), (2, "B", 20)]
    assert [(row["sku"], row["other_sku"], row["together"]) for row in pairs] == [("A", "B", 2), ("A", "C", 1)]
    assert (pairs[0]["support"], pairs[0]["confidence"], pairs[0]["lift"]) == (
        Decimal("0.5"), Decimal("0.666667"), Decimal("1.333333"),
    )  # fmt: skip


def test_customers_repurchase_and_cohorts() -> None:
    orders = [
        sale("1", day(1), buyer="x"), sale("2", day(2), buyer="x"), sale("3", day(1), buyer="y"), sale("4", day(2)),
        sale("5", day(1), "50", buyer="x", platform="jd"),
    ]  # fmt: skip
    with asked(orders) as found:
        again, cohorts, people = (found.records(name) for name in ("repurchase", "cohorts", "rfm"))
        groups = found.records("segments")
    assert again == [
        {"currency": "CNY", "customers": 3, "repeat_customers": 1, "frequency": 4, "repeat_rate": Decimal("0.333333")}
    ]
    assert [(row["periods_later"], row["customers"], row["retention"]) for row in cohorts] == [
        (0, 3, 1), (1, 1, Decimal("0.333333")),
    ]  # fmt: skip
    best = next(row for row in people if row["frequency"] == 2)
    assert (best["last_day"], best["recency_days"], best["money"], best["r"], best["f"]) == (
        date(2026, 3, 2),
        29,
        20,
        4,
        4,
    )
    assert best["segment"] == "champions"
    assert sum(row["customers"] for row in groups) == len(people) == 3 and all(row["segment"] for row in people)


def test_shipping_carriers_and_refunds() -> None:
    ours = {"fulfilled_by": FulfilledBy.MERCHANT, "ship_by": day(3)}
    sent = (Shipment(carrier="sf", shipped_at=day(2), delivered_at=day(3)),)
    orders = [
        sale("1", day(1), shipments=sent, **ours), sale("2", day(1), shipped_at=day(4), **ours), sale("3", day(1), **ours),
        sale("4", day(1), status=OrderStatus.AWAITING_SHIPMENT, **ours), sale("5", day(1), refunded=Decimal(5)),
        sale("6", day(1), status=OrderStatus.AWAITING_SHIPMENT, **(ours | {"ship_by": NOW + timedelta(days=1)})),
        sale("7", day(1), fulfilled_by=FulfilledBy.PLATFORM, ship_by=day(2)),
    ]  # fmt: skip
    with asked(orders) as found:
        shipping, carriers, refunds = (found.records(name)[0] for name in ("shipping", "carriers", "refund_rate"))
    assert {name: shipping[name] for name in ("on_time", "late", "overdue", "due", "time_unknown")} == {
        "on_time": 1, "late": 1, "overdue": 1, "due": 1, "time_unknown": 1,
    }  # fmt: skip
    assert shipping["on_time_rate"] == Decimal("0.333333")
    assert carriers == {"carrier": "sf", "parcels": 1, "delivered": 1, "mean_hours": Decimal(24)}
    assert (refunds["refunded_orders"], refunds["order_rate"], refunds["amount_rate"]) == (
        1,
        Decimal("0.142857"),
        Decimal("0.071429"),
    )


def test_regions_are_division_codes_or_countries_and_never_free_text() -> None:
    def lives(order_id: str, **address: Any) -> Order:
        order = sale(order_id, day(1))
        there = order.recipient.address.model_copy(update=address)
        return order.model_copy(update={"recipient": order.recipient.model_copy(update={"address": there})})

    orders = [lives("1", division_code="330106"), lives("2", country="US"), lives("3", country="next to the church")]
    with asked(orders) as found:
        assert {row["region"] for row in found.records("by_region")} == {"330000", "US", None}
        assert {row["region"] for row in found.records("by_region", division_digits=6)} == {"330106", "US", None}


def test_an_order_that_comes_again_replaces_itself() -> None:
    with asked([sale("1", day(1), "10")], [sample_refund()]) as found:
        found.add(*to_arrow([sale("1", day(1), "30"), sale("2", day(1), "1")], [sample_refund()]))
        assert [(row["orders"], row["units"], row["sales"]) for row in found.records("totals")] == [(2, 2, 31)]
        assert found.tables.refunds.to_pyarrow().num_rows == 1


def test_nothing_of_a_person_reaches_the_engine() -> None:
    with asked([sale("1", day(1), buyer="buyer-77", buyer_note="秘密")]) as found:
        kept = str(
            [
                getattr(found.tables, name).to_pyarrow().to_pylist()
                for name in ("orders", "lines", "shipments", "refunds")
            ]
        )
        one = found.records("rfm")[0]["customer"]
    assert not [word for word in ("buyer-77", "王小明", "13800138000", "小明", "秘密") if word in kept]
    with asked([sale("9", day(9), buyer="buyer-77")]) as again:
        assert again.records("rfm")[0]["customer"] == one
    with Analytics(at=NOW, customer_key=b"another key of a host") as other:
        other.add(*to_arrow([sale("1", day(1), buyer="buyer-77")]))
        assert other.records("rfm")[0]["customer"] != one


async def test_both_hubs_give_figures_of_what_is_stored_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderhub.hub.analysing.BATCH", 2)
    orders = [sale(str(number), day(1), "10") for number in range(5)]
    case = sample_refund(order_id="0", status=AftersaleStatus.REFUNDED)
    with Hub(database="memory:") as hub:
        hub.stores.put_orders(orders)
        hub.stores.put_refunds([case])
        with hub.analytics() as found:
            row = found.records("totals")[0]
            assert (row["orders"], row["sales"], row["refunded"]) == (5, 50, 5)
    async with AsyncHub(database="memory:") as many:
        many.stores.put_orders(orders)
        with await many.analytics(customer_key=KEY) as found:
            assert found.records("totals")[0]["orders"] == 5


SPAN = 30


def moved() -> list[tuple[str, str, str, int, int]]:
    """Five hundred movements of sixty SKUs, early, late, exactly at the edges of the span, and in the future."""
    chance = random.Random(5)
    places, kinds = (
        ["sh", "@lot:2027-01-01:L1:sh", "gz", "@transit:sh:gz"],
        ["received", "committed", "adjusted", "reserved"],
    )
    ages = (*range(-5, 3), SPAN * 24 - 1, SPAN * 24, SPAN * 24 + 1, 60 * 24)
    return [
        (f"S{chance.randrange(60)}", chance.choice(places), chance.choice(kinds), chance.randint(1, 99),
         chance.choice(ages) if number % 3 == 0 else chance.randint(0, 60 * 24))
        for number in range(500)
    ]  # fmt: skip


def test_stock_figures_are_those_of_counting_hour_by_hour() -> None:
    """Against a shelf that is looked at every hour; what is on its way is on no shelf, what comes later not yet."""
    told, sign = moved(), {"received": 1, "committed": -1, "adjusted": 1, "reserved": 0}
    rows = [
        Movement(seq, "k", kind, sku, place, sign[kind] * units, int(kind == "reserved"), NOW - timedelta(hours=ago))
        for seq, (sku, place, kind, units, ago) in enumerate(told)
    ]
    shelf = [
        (sku, place[-2:], kind, sign[kind] * n, ago) for sku, place, kind, n, ago in told if "transit" not in place
    ]
    with asked([]) as found:
        found.add_movements(rows)
        found.add_movements(rows[:3])
        turnover = {(row["sku"], row["warehouse"]): row for row in found.records("stock_turnover", span_days=SPAN)}
        cover = {row["sku"]: row for row in found.records("days_of_cover", span_days=SPAN)}
        slow = {row["sku"] for row in found.records("slow_movers", span_days=SPAN, slow_cover_days=40, top=99)}
    known = [row for row in shelf if row[4] >= 0]
    assert set(turnover) == {row[:2] for row in known} and set(cover) == {row[0] for row in known}
    for (sku, warehouse), row in turnover.items():
        mine = [(kind, n, ago) for s, w, kind, n, ago in known if (s, w) == (sku, warehouse)]
        hours = [sum(n for _, n, ago in mine if ago > hour) for hour in range(SPAN * 24)]
        assert row["on_hand"] == sum(n for _, n, _ in mine)
        assert abs(row["average_on_hand"] - Decimal(sum(hours)) / len(hours)) < Decimal("0.000001")
        assert row["left_units"] == sum(-n for kind, n, ago in mine if kind == "committed" and ago < SPAN * 24)
    for sku, row in cover.items():
        left = sum(other["left_units"] for key, other in turnover.items() if key[0] == sku)
        assert row["left_units"] == left and (row["cover_days"] is None) == (left == 0)
        assert left == 0 or abs(row["cover_days"] - Decimal(row["available"] * SPAN) / left) < Decimal("0.000001")
        assert (sku in slow) == (row["on_hand"] > 0 and (left == 0 or row["cover_days"] > 40))


def test_slow_movers_that_never_moved_come_first_and_lines_stand_beside_the_shelf() -> None:
    moves = [("A", "received", 10, 90), ("A", "committed", -1, 50), ("B", "received", 3, 80), ("C", "received", 9, 80),
             ("C", "committed", -1, 70)]  # fmt: skip
    rows = [Movement(n, "k", kind, sku, "sh", units, 0, NOW - timedelta(days=ago))
            for n, (sku, kind, units, ago) in enumerate(moves)]  # fmt: skip
    with asked([sale("1", day(30), skus=("A",)), sale("2", day(30), skus=("A",), status=OrderStatus.CANCELLED),
                sale("3", datetime(2026, 2, 1, tzinfo=UTC), skus=("A",))]) as found:  # fmt: skip
        found.add_movements(rows)
        slow, cover = found.records("slow_movers"), found.records("days_of_cover")
    assert [(row["sku"], row["idle_days"]) for row in slow] == [("B", None), ("C", 70), ("A", 50)]
    assert slow[1]["last_left_day"] == date(2026, 1, 20)
    assert [row["sold_units"] for row in cover] == [1, 0, 0]
