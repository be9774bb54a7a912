"""Edges of orders that examples rarely meet: exactly at a bound, one beyond it, and values that are equal but not one object."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from orderhub.models import Address, AftersaleStatus, Finding, LineItem, Order, Privacy, Recipient, Refund
from orderhub.models.status import OrderStatus, PrivacyKind, Severity
from orderhub.orders import AuditContext, AuditPolicy, audit, settlement_files
from orderhub.orders.aftersales_rules import facts_of_case
from orderhub.orders.aftersales_table import COMMANDS, GUARDS, STAGES
from orderhub.orders.audit_money import is_hundredfold
from orderhub.orders.gifts import GiftRule, gifts_for
from orderhub.orders.inspection import Inspected
from orderhub.orders.resolutions import Case, settle
from orderhub.orders.settlement import expected_of, reconcile
from orderhub.orders.split import SplitRule, groups_by, split_order

NOW = datetime(2026, 5, 6, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def line(number: int = 1, **more: Any) -> LineItem:
    given = {"line_id": f"l{number}", "sku": "A", "quantity": 2, "status": OrderStatus.AWAITING_SHIPMENT}
    return LineItem(**given | more)


def order(*lines: LineItem, **more: Any) -> Order:
    given = {"platform": "taobao", "shop_id": "s", "order_id": "1", "currency": "CNY", "lines": lines or (line(),)}
    return Order(**given | {"status": OrderStatus.AWAITING_SHIPMENT} | more)


@pytest.mark.parametrize(
    ("since", "hours"),
    [(None, None), (NOW, 0), (NOW - HOUR, 1), (NOW - HOUR + timedelta(seconds=1), 0), (NOW - 30 * HOUR, 30)],
)
def test_the_age_of_a_case_is_whole_hours(since: datetime | None, hours: int | None) -> None:
    until = None if since is None else NOW + (NOW - since)
    case = Refund(platform="taobao", shop_id="s", refund_id="r", order_id="1", currency="CNY", status=AftersaleStatus.REQUESTED,
                  created_at=since, deadline_at=until)  # fmt: skip
    facts = facts_of_case(case, "requested", order(), NOW)
    assert (facts("case_age_h"), facts("case_hours_left")) == (hours, hours)


def test_what_was_paid_back_beyond_the_lines_belongs_to_the_order() -> None:
    lines = (line(1, refunded=Decimal("3.00")), line(2, refunded=Decimal("0.50")))
    told = expected_of(order(*lines, refunded=Decimal("5.00")), "refund")
    assert told == {"l1": Decimal("-3.00"), "l2": Decimal("-0.50"), None: Decimal("-1.50")}
    assert expected_of(order(*lines), "refund") == {None: None}
    assert expected_of(order(lines[0], line(2), refunded=Decimal("5.00")), "refund") == {None: Decimal("-5.00")}


@pytest.mark.parametrize(
    ("one", "other", "is_so"),
    [("98", "1", True), ("97.99", "1", False), ("102", "-1", True), ("102.01", "1", False), ("0", "100", False)],
)
def test_about_a_hundred_times_is_within_two_percent(one: str, other: str, is_so: bool) -> None:
    assert is_hundredfold(Decimal(one), Decimal(other)) is is_hundredfold(Decimal(other), Decimal(one)) is is_so


def test_parcels_are_filled_up_to_their_weight_and_no_further() -> None:
    for units in range(1, 8):
        rule = SplitRule(by="weight", weights_g={"A": 500}, weight_max_g=1000)
        parts = groups_by(order(line(quantity=units)), rule)
        assert [count for part in parts for _, count in part] == [2] * (units // 2) + [1] * (units % 2)


@pytest.mark.parametrize(("digits", "is_callable"), [(5, False), (6, True), (15, True), (16, False)])
def test_a_phone_abroad_has_six_to_fifteen_digits(digits: int, is_callable: bool) -> None:
    address = Address(country="DE", province="Berlin", city="Berlin", street="Allee 1")
    person = Recipient(name="Ada", phone="+" + "7" * digits, address=address, privacy=Privacy(kind=PrivacyKind.CLEAR))
    assert is_callable is (
        "phone_invalid" not in {one.code for one in audit(order(recipient=person), context=AuditContext())}
    )


def test_a_currency_is_compared_by_what_it_says() -> None:
    policy = AuditPolicy(reference_prices={"A": Decimal(10)})
    odd = order(line(unit_price=Decimal("0.10")))
    read = Order.model_validate_json(odd.model_dump_json())
    told = [[one.code for one in audit(one, context=AuditContext(policy=policy))] for one in (odd, read)]
    assert told[0] == told[1] and {code for code in told[0] if "price" in code or code == "unit_mixup"}


def test_orders_that_are_not_done_and_not_billed_are_no_part_of_a_bill() -> None:
    found = reconcile([order(), order(order_id="2")], [])
    assert (found.matched, found.differences) == (0, ())


@pytest.mark.parametrize(("off", "is_given"), [(-1, False), (0, True), (1, True), (2, True), (3, False)])
def test_a_gift_is_given_from_the_first_to_the_last_instant(off: int, is_given: bool) -> None:
    first, last = (rule_of(paid_from=NOW), rule_of(paid_until=NOW + 2 * HOUR))
    paid = order(paid_at=NOW + off * HOUR)
    assert bool(gifts_for(paid, [rule_of(paid_from=NOW, paid_until=NOW + 2 * HOUR)])) is is_given
    assert (bool(gifts_for(paid, [first])), bool(gifts_for(paid, [last]))) == (off >= 0, off <= 2)
    assert not gifts_for(order(), [first]) and not gifts_for(order(), [last]), "nobody knows when it was paid"


def rule_of(**more: Any) -> GiftRule:
    return GiftRule(name="g", sku="G", **more)


def test_an_inspection_counts_every_unit_once() -> None:
    assert Inspected("l1", sellable=2, defective=1, missing=1).units == 4


def test_what_was_sent_and_paid_back_stays_with_the_units_that_are_closed() -> None:
    sent = line(quantity=5, shipped_quantity=2, refunded_quantity=1, total=Decimal("10.00"))
    parts = [part.order.lines for part in split_order(order(sent), [[("l1", 1)], [("l1", 1)]])]
    told = [(row.quantity, row.shipped_quantity, row.refunded_quantity, row.total) for (row,) in parts]
    assert told == [(1, 0, 0, Decimal(2)), (1, 0, 0, Decimal(2)), (3, 2, 1, Decimal(6))]


def test_lines_of_one_sku_share_what_is_there() -> None:
    rule = SplitRule(by="stock", stock={"A": 3})
    assert groups_by(order(line(1), line(2), line(3)), rule) == [[("l1", 2), ("l2", 1)], [("l2", 1), ("l3", 2)]]


def test_alerts_of_an_order_are_numbered_without_a_gap() -> None:
    case, told = Case(), []
    for codes in (["a", "b"], ["b", "c", "d"], [], ["a", "d", "e"], ["f", "a"]):
        found = [Finding(code=code, severity=Severity.WARNING, message=code, platform="taobao") for code in codes]
        known = dict(case.open)
        case, _ = settle(case, found)
        told += [number for code, number in sorted(case.open.items()) if known.get(code) != number]
        assert sorted(case.open) == sorted(codes)
    assert told == list(range(1, case.count + 1))


def test_the_limits_that_are_promised() -> None:
    assert (settlement_files.BYTES_MAX, AuditPolicy().duplicate_h, rule_of(quantity=1).quantity) == (64 << 20, 24, 1)
    with pytest.raises(ValidationError):
        rule_of(quantity=0)


def test_a_receiver_is_busy_with_one_order_more_than_is_allowed() -> None:
    peers = [order(order_id=str(number)) for number in range(2, 5)]
    told = {}
    for most in (3, 4):
        context = AuditContext(policy=AuditPolicy(receiver_orders_max=most), peers=lambda _: peers)
        told[most] = [one for one in audit(order(), context=context) if one.code == "receiver_busy"]
    (busy,) = told[3]
    assert "4 open orders" in busy.message and busy.value == "4" and not told[4]


def test_a_case_of_unknown_kind_allows_nothing_and_says_why() -> None:
    assert {GUARDS["unknown", stage, command] for stage in STAGES for command in COMMANDS} == {"unknown_kind"}
