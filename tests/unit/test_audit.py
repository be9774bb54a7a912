"""The audit as an enumeration: each case says which codes it gives, and every code has a case."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from orderhub.models import Address, Buyer, Discount, Finding, LineItem, Order, Privacy, Recipient
from orderhub.models.status import (
    AftersaleStatus,
    FulfilledBy,
    FulfilmentStatus,
    Hold,
    OrderStatus,
    PaymentStatus,
    PrivacyKind,
    Severity,
)
from orderhub.orders import AuditContext, AuditPolicy, Blocked, audit, audit_rules, verdict
from orderhub.orders.audit_risk import PeerIndex
from orderhub.orders.audit_words import ATTENTION, CODES, HOLD_ADVICE, HOLD_ADVICE_ZH, PROTECTING, advice_for
from orderhub.orders.facts import AUDIT
from orderhub.rules import read_rules

PHONE = "13800138000"
STREET = "天府三街 1 号"
ADDRESS = Address(country="CN", province="四川省", city="成都市", district="武侯区", street=STREET)
CLEAR = Privacy(kind=PrivacyKind.CLEAR)
MASKED = Privacy(kind=PrivacyKind.MASKED, token="oaid-1")
PERSON = Recipient(name="张三", phone=PHONE, address=ADDRESS, privacy=CLEAR)
LINE = LineItem(
    line_id="1", sku="A", quantity=2, unit_price=Decimal("10.00"), subtotal=Decimal("20.00"),
    discount=Decimal("1.00"), total=Decimal("19.00"), status=OrderStatus.AWAITING_SHIPMENT,
)  # fmt: skip


def order(**changes):
    fields = {
        "platform": "taobao", "shop_id": "s", "order_id": "o-1", "status": OrderStatus.AWAITING_SHIPMENT,
        "payment_status": PaymentStatus.PAID, "fulfilment_status": FulfilmentStatus.UNFULFILLED,
        "fulfilled_by": FulfilledBy.MERCHANT, "currency": "CNY", "items_total": Decimal("20.00"),
        "discount_total": Decimal("1.00"), "shipping_fee": Decimal("5.00"), "total": Decimal("24.00"),
        "residual": Decimal("0.00"), "recipient": PERSON, "lines": (LINE,),
    }  # fmt: skip
    return Order(**fields | changes)


def person(**changes):
    return {"recipient": PERSON.model_copy(update=changes)}


def place(**changes):
    return person(address=ADDRESS.model_copy(update=changes))


def line(**changes):
    return {"lines": (LINE.model_copy(update=changes),)}


def stock(**levels):
    return levels.get


CASES = [
    ("nothing to object", {}, []),
    ("unknown summary", {"status": OrderStatus.UNKNOWN, "raw_status": "NEW_WORD"}, ["unknown_status"]),
    ("unknown payment", {"payment_status": PaymentStatus.UNKNOWN}, ["unknown_status"]),
    ("unknown fulfilment", {"fulfilment_status": FulfilmentStatus.UNKNOWN}, ["unknown_status"]),
    ("unknown after-sale", {"aftersale_status": AftersaleStatus.UNKNOWN}, ["unknown_status"]),
    ("nobody knows who ships", {"fulfilled_by": FulfilledBy.UNKNOWN}, ["unknown_status"]),
    ("unknown line", line(status=OrderStatus.UNKNOWN), ["unknown_status"]),
    ("shipped already", {"status": OrderStatus.SHIPPED}, ["not_awaiting_shipment"]),
    ("cancelled", {"status": OrderStatus.CANCELLED}, ["not_awaiting_shipment"]),
    ("part shipped", {"status": OrderStatus.PARTIALLY_SHIPPED}, []),
    ("held twice", {"holds": frozenset({Hold.LOCKED, Hold.REFUND_OPEN})}, ["on_hold", "on_hold"]),
    ("presale", {"holds": frozenset({Hold.PRESALE}), "payment_status": PaymentStatus.PARTIALLY_PAID}, ["not_payable"]),
    ("deposit", {"holds": frozenset({Hold.DEPOSIT_ONLY})}, ["not_payable"]),
    ("unpaid", {"payment_status": PaymentStatus.UNPAID}, ["not_paid"]),
    ("unpaid, cash on delivery", {"payment_status": PaymentStatus.UNPAID, "is_cod": True}, []),
    ("platform ships", {"fulfilled_by": FulfilledBy.PLATFORM, "recipient": Recipient()}, ["platform_fulfilled"]),
    ("no receiver", {"recipient": Recipient()}, ["recipient_missing"]),
    ("no name", person(name=None), ["recipient_missing"]),
    ("no street", place(street=None), ["address_incomplete"]),
    ("blank street", place(street="  "), ["address_incomplete"]),
    ("no province, no city", place(province=None, city=""), ["address_incomplete", "address_incomplete"]),
    ("no district", place(district=None), []),
    ("abroad without province", place(country="US", province=None), []),
    ("masked with token", person(name="张*", phone="138****8000", privacy=MASKED), []),
    ("masked, street hidden, token", person(address=ADDRESS.model_copy(update={"street": None}), privacy=MASKED), []),
    ("token alone, place known", {"recipient": Recipient(address=ADDRESS, privacy=MASKED)}, []),
    ("masked without token", person(phone="138****8000", privacy=Privacy(kind=PrivacyKind.MASKED)), ["phone_invalid"]),
    ("stars in a clear number", person(phone="138****8000"), ["phone_invalid"]),
    ("ciphertext", person(phone="~AgAAA~", privacy=Privacy(kind=PrivacyKind.ENCRYPTED)), []),
    ("no phone", person(phone=None), ["phone_invalid"]),
    ("total missing", {"total": None}, ["total_missing"]),
    ("residual of a cent", {"residual": Decimal("0.01"), "total": Decimal("24.01")}, ["rounding_cent"]),
    ("residual of two cents", {"residual": Decimal("0.02"), "total": Decimal("24.02")}, ["money_residual"]),
    ("negative residual", {"residual": Decimal("-3.00"), "total": Decimal("21.00")}, ["money_residual"]),
    ("identity broken", {"total": Decimal("25.00")}, ["money_residual"]),
    ("line does not add up", line(discount=Decimal("2.00")), ["line_total_mismatch"]),
    ("lines miss the goods", line(discount=Decimal("3.00"), total=Decimal("17.00")), ["line_total_mismatch"]),
    ("line amounts not told", line(total=None, discount=None), []),
    ("no lines", {"lines": ()}, ["no_lines"]),
    ("zero units", line(quantity=0), ["quantity_zero"]),
    ("no merchant code", line(sku=None), ["sku_unmapped"]),
    ("blank merchant code", line(sku=" "), ["sku_unmapped"]),
    ("cancelled line without code", {
        "lines": (LINE, LineItem(line_id="2", quantity=0, status=OrderStatus.CANCELLED, total=Decimal(0))),
    }, []),
    ("serial numbers", {"labels": ("needs_serial_numbers",)}, ["needs_serial_numbers"]),
    ("invoice", {"buyer_note": "请开发票"}, ["buyer_note_needs_attention"]),
    ("stop", {"buyer_note": "先别发，我要改地址"}, ["buyer_note_stops", "buyer_note_stops"]),
    ("thanks", {"buyer_note": "谢谢老板"}, []),
    ("a request outside the topics", {"buyer_note": "麻烦放门口"}, ["buyer_note_needs_attention"]),
    ("the seller asks to wait", {"seller_note": "等买家回复"}, ["seller_note_stops"]),
    ("virtual number with extension", person(phone="13800138000-1234"), []),
    ("virtual number behind a token", person(phone="184****1234-5678", privacy=MASKED), []),
    ("made-up number", person(phone="13800000000"), ["phone_suspicious"]),
    ("counted-up number", person(phone="13912345678"), ["phone_suspicious"]),
    ("seven digits", person(phone="8888666"), ["phone_invalid"]),
    ("form of address alone", person(name="先生"), ["name_suspicious"]),
    ("digits for a name", person(name="123 456"), ["name_suspicious"]),
    ("masked name is no digits", person(name="**", privacy=MASKED), []),
    ("address in the note", place(street="见备注"), ["address_vague"]),
    ("street of digits", place(street="12345"), ["address_vague"]),
    ("street of two letters", place(street="村里"), ["address_vague"]),
    ("masked street is not vague", person(address=ADDRESS.model_copy(update={"street": "**"}), privacy=MASKED), []),
    ("below zero", {"total": Decimal("-1.00"), "residual": Decimal("-25.00")}, ["amount_negative", "money_residual"]),
    ("free of charge", {"total": Decimal("0.00"), "residual": Decimal("-24.00")}, ["amount_zero", "money_residual"]),
    ("total in fen", {"total": Decimal(2400)}, ["unit_mixup"]),
    ("total in fen, residual", {"total": Decimal(2400), "residual": Decimal(2376)}, ["unit_mixup"]),
    ("paid in fen", {"paid": Decimal(2400)}, ["unit_mixup"]),
    ("paid a little less", {"paid": Decimal("20.00")}, ["paid_differs"]),
    ("paid on delivery", {"paid": Decimal(0), "is_cod": True}, []),
    ("a listed discount is not counted", {
        "discounts": (Discount(kind="coupon", amount=Decimal("1.00")), Discount(kind="coupon", amount=Decimal("5.00"))),
        "total": Decimal("19.00"),
    }, ["discount_missing"]),
    ("discounts listed and counted", {"discounts": (Discount(kind="coupon", amount=Decimal("1.00")),)}, []),
]  # fmt: skip

NOW = datetime(2026, 1, 5, tzinfo=UTC)
POLICY = AuditPolicy(
    reference_prices={"A": Decimal(10)}, discount_share_max=Decimal("0.6"), quantity_max=50, amount_max=Decimal(5000),
    receiver_orders_max=3,
    blacklist=(
        Blocked(kind="phone", value="+86 139 9999 8888", reason="chargebacks"), Blocked(kind="buyer", value="b-666"),
        Blocked(kind="name", value="李恶人"), Blocked(kind="address", value="幸福路 13 号"),
    ),
    rules=read_rules({"name": "own", "vocabulary": "audit", "rules": [
        {"name": "vip", "when": [{"fact": "labels", "operator": "contains", "value": "vip"}],
         "then": [{"action": "warn", "code": "vip", "text": "a good customer"}]},
        {"name": "high and far", "when": [{"fact": "total", "operator": "ge", "value": 1000}, {"fact": "province", "value": "西藏"}],
         "then": [{"action": "hold", "code": "insure_first"}]},
        {"name": "trial", "shadow": True, "then": [{"action": "hold", "code": "never"}]},
        {"name": "numbers are fine", "when": [{"fact": "seller_flag", "value": "green"}],
         "then": [{"action": "ignore", "codes": ["phone_suspicious", "not_paid"]}]},
    ]}, AUDIT),
)  # fmt: skip
"""Limits and rules of a merchant."""


def context(**more):
    return AuditContext(policy=POLICY, now=NOW, **more)


def bought(price, quantity=2):
    whole = Decimal(price) * quantity
    changes = line(unit_price=Decimal(price), quantity=quantity, subtotal=whole, discount=Decimal(0), total=whole)
    return changes | {"items_total": whole, "discount_total": Decimal(0), "total": whole + 5}


POLICY_CASES = [
    ("within every limit", {}, []),
    ("half the usual price", bought("5.00"), []),
    ("less than half", bought("4.99"), ["price_low"]),
    ("more than twice", bought("20.01"), ["price_high"]),
    ("price in fen", bought("1000.00"), ["unit_mixup"]),
    ("price a hundredth", bought("0.10"), ["unit_mixup"]),
    ("other currency", bought("4.99") | {"currency": "USD"}, []),
    ("gift", {"lines": (LINE, LINE.model_copy(update={
        "line_id": "2", "is_gift": True, "unit_price": Decimal(0), "subtotal": Decimal(0), "discount": Decimal(0),
        "total": Decimal(0)}))}, []),
    ("too much off", line(discount=Decimal(13), total=Decimal(7)) | {
        "discount_total": Decimal(13), "total": Decimal(12)}, ["discount_excessive"]),
    ("many units", bought("10.00", 51), ["quantity_unusual"]),
    ("large sum", bought("19.00", 50) | {"shipping_fee": Decimal(5000), "total": Decimal(5950)}, ["amount_unusual"]),
    ("blocked phone, other spelling", person(phone="139-9999-8888"), ["blacklisted"]),
    ("blocked phone is hidden", person(phone="139****8888", privacy=MASKED), []),
    ("blocked buyer, hidden receiver", {"buyer": Buyer(buyer_id="b-666")} | person(privacy=MASKED), ["blacklisted"]),
    ("blocked name", person(name="李恶人"), ["blacklisted"]),
    ("blocked address", place(street="幸福路13号2单元"), ["blacklisted"]),
    ("token lapsed", person(privacy=MASKED.model_copy(update={"expires_at": NOW})), ["receiver_expired"]),
    ("token good", person(privacy=MASKED.model_copy(update={"expires_at": NOW + timedelta(hours=1)})), []),
    ("own rule warns", {"labels": ("vip",)}, ["vip"]),
    ("own rule stops", bought("19.00", 50) | place(province="西藏") | {
        "shipping_fee": Decimal(50), "total": Decimal(1000)}, ["insure_first"]),
    ("own rule lets pass", person(phone="13800000000") | {"seller_flag": "green"}, []),
    ("what protects stays", {"payment_status": PaymentStatus.UNPAID, "seller_flag": "green"}, ["not_paid"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "codes"), POLICY_CASES, ids=[case[0] for case in POLICY_CASES])
def test_policy_case(name, changes, codes):
    found = audit(order(**changes), context=context())
    assert [finding.code for finding in found] == codes
    stops = any(CODES[code].stops if code in CODES else code == "insure_first" for code in codes)
    assert verdict(found) == ("hold" if stops else "pass")
    assert "139" not in repr(found) + repr(POLICY) and "李恶人" not in repr(found) + repr(POLICY)


def test_there_are_sixty_cases_and_more():
    assert len(CASES) + len(POLICY_CASES) + len(STOCK_CASES) >= 60


def test_shadowed_rules_are_told_and_do_not_act():
    decision = audit_rules(order(), context())
    assert [one.rule for one in decision.shadowed] == ["trial"] and decision.acts == ()
    assert "would: hold (shadow)" in str(decision.explain())
    assert audit_rules(order(), AuditContext()) is None


def test_a_hosts_own_facts_are_asked_by_their_names():
    rules = read_rules({"name": "r", "vocabulary": "audit", "rules": [
        {"name": "r1", "when": [{"fact": "own.score", "operator": "lt", "value": 3}], "then": [{"action": "hold", "code": "bad_score"}]},
    ]}, AUDIT)  # fmt: skip
    asked = [AuditContext(policy=AuditPolicy(rules=rules), facts=facts) for facts in ({}, {"own.score": 2})]
    assert [[finding.code for finding in audit(order(), context=one)] for one in asked] == [[], ["bad_score"]]


def test_areas_are_judged_by_what_carriers_say():
    told = audit(order(), context=context(deliverable=lambda found: "no carrier goes there"))
    assert [finding.code for finding in told] == ["undeliverable"]
    assert audit(order(), context=context(deliverable=lambda found: None)) == ()


def peer(number, hours=1, **changes):
    return order(order_id=f"o-{number}", created_at=NOW - timedelta(hours=hours), **changes)


PEER_CASES = [
    ("the same goods an hour ago", [peer(2)], ["duplicate_suspected"]),
    ("the same goods last week", [peer(2, 200)], []),
    ("other goods", [peer(2, lines=(LINE.model_copy(update={"quantity": 3}),))], []),
    ("another number", [peer(2, recipient=PERSON.model_copy(update={"phone": "13700137000"}))], []),
    ("one of a crowd", [peer(n, 100) for n in (2, 3, 4)], ["receiver_busy"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "others", "codes"), PEER_CASES, ids=[case[0] for case in PEER_CASES])
def test_peers(name, others, codes):
    mine = order(created_at=NOW)
    found = audit(mine, context=context(peers=PeerIndex([mine, *others])))
    assert [finding.code for finding in found] == codes


def test_two_bundles_that_share_a_component_are_short_together():
    parts = {"SET": (("A", 1), ("B", 2))}
    wanted = {"lines": (LINE, LINE.model_copy(update={"line_id": "2", "sku": "SET"})), "items_total": Decimal(40),
              "discount_total": Decimal(2), "total": Decimal(43)}  # fmt: skip
    found = {
        units: audit(order(**wanted), context=AuditContext(
            available=stock(A=units, B=4), parts=lambda sku: parts.get(sku, ((sku, 1),))))
        for units in (3, 4)
    }  # fmt: skip
    assert [(finding.code, finding.value) for finding in found[3]] == [("stock_short", "A")]
    assert found[4] == ()


def test_every_code_says_what_to_do_in_two_languages():
    for code in CODES:
        assert advice_for(code) and advice_for(code, locale="zh") and not advice_for(code, locale="zh").isascii()
    assert set(HOLD_ADVICE_ZH) == set(Hold)
    assert advice_for("on_hold", "locked", locale="zh") == HOLD_ADVICE_ZH[Hold.LOCKED]
    assert set(CODES) >= PROTECTING and all(CODES[code].stops for code in PROTECTING)


@pytest.mark.parametrize("wrong", [{"price_low": 0.5}, {"blacklist": [{"kind": "dog", "value": "xx"}]}, {"nonsense": 1},
                                   {"reference_prices": {"A": "-3"}}])  # fmt: skip
def test_a_policy_is_checked(wrong):
    with pytest.raises(ValidationError):
        AuditPolicy.model_validate(wrong)


@pytest.mark.fault(19)
@pytest.mark.parametrize(("name", "changes", "codes"), CASES, ids=[case[0] for case in CASES])
def test_case(name, changes, codes):
    found = audit(order(**changes))
    assert [finding.code for finding in found] == codes
    assert verdict(found) == ("hold" if any(CODES[code].stops for code in codes) else "pass")
    for finding in found:
        assert finding.severity is CODES[finding.code].severity
        assert finding.path
        assert finding.order_id == "o-1"
        assert "; " in finding.message, "every finding says what to do"


STOCK_CASES = [
    ({"A": 2}, {}, []),
    ({"A": 1}, {}, ["stock_short"]),
    ({}, {}, ["sku_unmapped"]),
    ({"A": 1}, line(shipped_quantity=1), []),
    ({"A": 1}, line(status=OrderStatus.CANCELLED), []),
]


@pytest.mark.parametrize(("levels", "changes", "codes"), STOCK_CASES)
def test_stock_is_judged_by_what_is_still_to_ship(levels, changes, codes):
    assert [finding.code for finding in audit(order(**changes), available=stock(**levels))] == codes


def test_lines_of_one_sku_are_judged_together():
    twice = {"lines": (LINE, LINE.model_copy(update={"line_id": "2"})), "items_total": Decimal(40),
             "discount_total": Decimal(2), "total": Decimal(43)}  # fmt: skip
    assert [f.code for f in audit(order(**twice), available=stock(A=3))] == ["stock_short"]
    assert audit(order(**twice), available=stock(A=4)) == ()


def test_every_code_and_every_hold_has_a_case():
    tables = [*CASES, *POLICY_CASES, *STOCK_CASES, *PEER_CASES, (None, None, ["undeliverable"])]
    given_codes = {code for *_, codes in tables for code in codes} - {"vip", "insure_first"}
    assert given_codes == set(CODES)
    assert set(HOLD_ADVICE) == set(Hold)
    assert {row.code for row in ATTENTION} <= set(CODES)


@pytest.mark.parametrize("row", ATTENTION, ids=lambda row: row.topic)
def test_every_word_of_the_table_is_found(row):
    for word in row.words:
        found = audit(order(buyer_note=f"你好，{word.upper()}。"))
        assert row.code in {finding.code for finding in found}
        assert any(row.topic in finding.message for finding in found)


CALLABLE = [
    PHONE, "+86 138 0013 8000", "8613800138000", "0086-13800138000", "（＋８６）１３８００１３８０００",
    "138-0013-8000", "13800138000-1234",
    "13800138000转1234", "13800138000,1234", "010-88886666", "021-59815121-8001", "0755 12345678",
    "400-678-9888", "85223456789", "+852 23456789",
]  # fmt: skip
USELESS = ["12800138000", "1380013800", "138001380001", "95338", "abc", "88886666", "+", "1", "138001380００x"]


@pytest.mark.parametrize("phone", CALLABLE)
def test_numbers_that_can_be_called(phone):
    assert audit(order(**person(phone=phone))) == ()


@pytest.mark.parametrize("phone", USELESS)
def test_numbers_that_cannot(phone):
    assert [finding.code for finding in audit(order(**person(phone=phone)))] == ["phone_invalid"]


@pytest.mark.parametrize(("phone", "codes"), [("+1 415 555 2671", []), ("12", ["phone_invalid"])])
def test_numbers_abroad_are_judged_by_length(phone, codes):
    changes = person(phone=phone, address=ADDRESS.model_copy(update={"country": "US"}))
    assert [finding.code for finding in audit(order(**changes))] == codes


def test_a_foreign_code_stops_only_as_an_error():
    told = {"message": "m", "platform": "x"}
    assert verdict([Finding(code="host_rule", severity=Severity.WARNING, **told)]) == "pass"
    assert verdict([Finding(code="host_rule", severity=Severity.ERROR, **told)]) == "hold"


@st.composite
def orders(draw):
    pick = lambda words: draw(st.sampled_from(list(words)))  # noqa: E731
    changes = {
        "status": pick(OrderStatus), "payment_status": pick(PaymentStatus), "fulfilled_by": pick(FulfilledBy),
        "fulfilment_status": pick(FulfilmentStatus), "aftersale_status": pick(AftersaleStatus),
        "holds": draw(st.frozensets(st.sampled_from(Hold), max_size=1)),
        "recipient": PERSON.model_copy(update={"phone": pick([PHONE, "138****8000", None, "x"])}),
        "buyer_note": pick([None, "先别发", "发票 13900139000"]),
    }  # fmt: skip
    changes |= draw(st.sampled_from([{}, line(status=OrderStatus.UNKNOWN), line(sku=None), {"lines": ()}]))
    return order(**changes)


@given(orders())
def test_what_passes_is_shippable_and_what_is_not_shippable_is_held(found):
    told = audit(found)
    assert verdict(told) == "hold" or found.is_shippable
    assert found.is_shippable or any(CODES[finding.code].stops for finding in told)


@given(orders())
def test_findings_show_no_personal_data(found):
    shown = repr(audit(found))
    assert all(secret not in shown for secret in (PHONE, "张三", STREET, "13900139000", "138****8000"))
