"""Laws of the report: every breakdown adds up to the totals, input order is nothing, currencies never meet."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.analytics import build_report, render_html
from orderhub.analytics.figures import MEASURES
from orderhub.models import (
    Address,
    FulfilledBy,
    Hold,
    Level,
    LineItem,
    Order,
    OrderStatus,
    PaymentStatus,
    Recipient,
    Refund,
)
from orderhub.models.status import AftersaleStatus

AT = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
MARK = "Geheimnis"
GROUPS = ("by_day", "by_platform", "by_shop", "by_province", "by_status")

amounts = st.none() | st.decimals(0, 10**9, places=2)
instants = st.none() | st.datetimes(datetime(2026, 3, 15), datetime(2026, 3, 20), timezones=st.just(UTC))
zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
provinces = st.sampled_from(["广东省", "广东", "上海", "西藏自治区", MARK, None])
places = st.builds(Address, country=st.sampled_from(["CN", "US", MARK, None]), province=provinces, street=st.just(MARK))
people = st.builds(Recipient, name=st.just(MARK), phone=st.just(MARK), address=places)
lines = st.builds(
    LineItem, line_id=st.just(MARK), sku=st.sampled_from(["A", "B", None]), title=st.just(MARK),
    quantity=st.integers(0, 9), total=amounts, status=st.sampled_from(OrderStatus), raw_status=st.just(f"{MARK} !"),
)  # fmt: skip
orders = st.lists(
    st.builds(
        Order, platform=st.sampled_from(["taobao", "jd"]), shop_id=st.sampled_from(["1", "2"]),
        order_id=st.integers(0, 30).map(lambda number: f"{MARK}{number}"), status=st.sampled_from(OrderStatus),
        payment_status=st.sampled_from(PaymentStatus), fulfilled_by=st.sampled_from(FulfilledBy),
        holds=st.frozensets(st.sampled_from(Hold), max_size=2), currency=st.sampled_from(["CNY", "USD", "JPY"]),
        total=amounts, refunded=amounts, is_cod=st.booleans(), created_at=instants, shipped_at=instants, ship_by=instants,
        updated_at=instants, recipient=people, lines=st.lists(lines, max_size=3).map(tuple), buyer_note=st.just(MARK),
        seller_note=st.just(MARK),
    ),
    max_size=12,
)  # fmt: skip
levels = st.lists(
    st.builds(Level, sku=st.sampled_from("ABC"), warehouse=st.sampled_from("xy"), on_hand=st.integers(0, 99),
              reserved=st.integers(0, 9), version=st.integers(0, 9)),
    max_size=6,
)  # fmt: skip
refunds = st.lists(
    st.builds(Refund, platform=st.just("jd"), shop_id=st.just("1"), refund_id=st.sampled_from("abc"),
              order_id=st.integers(0, 30).map(lambda number: f"{MARK}{number}"), reason=st.just(MARK), amount=amounts,
              status=st.sampled_from(AftersaleStatus), currency=st.sampled_from(["CNY", "USD"]), updated_at=instants),
    max_size=4,
)  # fmt: skip


def added(records):
    """Currency -> figure -> sum; unknown amounts add nothing."""
    found = {}
    for record in records:
        sums = found.setdefault(record["currency"], dict.fromkeys(MEASURES, Decimal(0)))
        for name in MEASURES:
            sums[name] += record[name] or 0
    return {currency: {n: v for n, v in sums.items() if n != "net"} for currency, sums in found.items()}


@pytest.mark.fault(67)
@given(orders, zones, zones)
def test_every_breakdown_adds_up_to_the_totals(given_orders, zone, other):
    report = build_report(given_orders, (), AT, zone=zone, zones={"jd:1": other})
    totals = added(report.records("totals"))
    for name in GROUPS:
        assert added(report.records(name)) == totals, name
    standings = Counter()
    for record in report.records("by_standing"):
        standings[record["currency"]] += record["orders"]
    assert standings == {currency: sums["orders"] for currency, sums in totals.items()}


@given(orders)
def test_totals_are_what_a_reader_would_add_by_hand(given_orders):
    unique = {order.key: order for order in given_orders}
    report = build_report(unique.values(), (), AT)
    assert sum(record["orders"] for record in report.records("totals")) == len(unique)
    received = {"paid", "partially_refunded", "refunded"}
    for record in report.records("totals"):
        mine = [order for order in unique.values() if order.currency == record["currency"]]
        sold = [
            order for order in mine
            if order.status not in {"cancelled", "unknown"} and order.payment_status != "unknown"
            and (order.payment_status in received or (order.is_cod and order.status != "pending_payment"))
        ]  # fmt: skip
        known = [order.total for order in sold if order.total is not None]
        assert (record["orders"], record["counted"]) == (len(mine), len(sold))
        assert record["sales"] == (sum(known, Decimal(0)) if known or not sold else None)
        assert record["units"] == sum(line.quantity for order in sold for line in order.lines)
        skus = [row for row in report.records("skus") if row["currency"] == record["currency"]]
        assert sum(row["sku_units"] for row in skus) == record["units"]


@given(orders, levels, refunds, st.randoms(use_true_random=False))
def test_the_order_of_the_input_is_nothing(given_orders, given_levels, given_refunds, shuffled):
    first = build_report(given_orders, given_levels, AT, refunds=given_refunds)
    for given_list in (given_orders, given_levels, given_refunds):
        shuffled.shuffle(given_list)
    again = build_report(given_orders, given_levels, AT, refunds=given_refunds)
    assert again == first
    assert again.to_dict() == first.to_dict()


@pytest.mark.fault(68)
@given(orders, refunds)
def test_a_currency_is_as_if_it_were_alone(given_orders, given_refunds):
    unique = {order.key: order for order in given_orders}.values()
    whole = build_report(unique, (), AT, refunds=given_refunds)
    for currency in {order.currency for order in unique}:
        alone = build_report(
            [order for order in unique if order.currency == currency], (), AT,
            refunds=[case for case in given_refunds if case.currency == currency],
        )  # fmt: skip
        for name in ("totals", *GROUPS, "skus", "by_standing"):
            mine = tuple(record for record in whole.records(name) if record["currency"] == currency)
            assert mine == alone.records(name), name


@pytest.mark.fault(67)
@given(st.datetimes(datetime(2026, 1, 2), datetime(2026, 12, 30), timezones=st.just(UTC)), zones)
def test_a_day_begins_at_the_shop_s_midnight(instant, zone):
    midnight = datetime(instant.year, instant.month, instant.day, tzinfo=zone)
    moments = [midnight - timedelta(microseconds=1), midnight, midnight + timedelta(hours=23, minutes=59)]
    given_orders = [
        Order(platform="jd", shop_id="1", order_id=str(at), status=OrderStatus.SHIPPED, currency="CNY", created_at=at)
        for at in moments
    ]
    days = [
        (record["day"], record["orders"]) for record in build_report(given_orders, (), AT, zone=zone).records("by_day")
    ]
    assert days == [(midnight.date() - timedelta(days=1), 1), (midnight.date(), 2)]


@given(levels)
def test_stock_adds_up(given_levels):
    unique = {(level.sku, level.warehouse): level for level in given_levels}.values()
    report = build_report((), unique, AT)
    rows = report.records("stock")
    for name in ("on_hand", "reserved", "available"):
        assert sum(row[name] for row in rows) == sum(getattr(level, name) for level in unique)
    assert sum(row["low_skus"] for row in rows) == len(report.records("low_stock"))


@settings(max_examples=8)
@given(orders, levels, refunds, st.sampled_from(["en", "zh"]))
def test_whatever_comes_in_the_page_is_whole_and_knows_nobody(given_orders, given_levels, given_refunds, language):
    report = build_report(given_orders, given_levels, AT, refunds=given_refunds)
    page = render_html(report, language, drawn=True)
    parser = HTMLParser()
    parser.feed(page)
    parser.close()
    assert page.count("<section") == page.count("</section>") and page.endswith("</html>\n")
    assert "://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in page
    assert MARK not in page
    assert MARK not in str(report.to_dict())
