"""Laws of decoding Kuaishou orders, over orders built from the money of docs/platforms/kuaishou.md#money."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from decode_words import NOTES, ZERO, facts, junk, lone
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.models import Order
from orderhub.stores.codec import decode as stored
from orderhub.stores.codec import encode

FACTS = facts("kuaishou")
LAW = settings(max_examples=30, deadline=None)
SECRETS = ("#cipher-name-李晓明#", "#cipher-phone-13812345678#", "#cipher-street-99#", "李**明", "138****5678")
MILLIS = st.integers(1_600_000_000_000, 1_900_000_000_000)
STATUSES = st.sampled_from(sorted(FACTS["order_status"]))
JUNK = junk()


@dataclass(frozen=True)
class Truth:
    """One order as the platform would send it, and what it means."""

    document: dict[str, Any]
    items: Decimal
    reduced: Decimal
    freight: Decimal
    extra: dict[str, Any]

    @property
    def total(self) -> Decimal:
        return self.items - self.reduced + self.freight


def yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


@st.composite
def cases(draw: st.DrawFn) -> list[dict[str, Any]]:
    if draw(st.booleans()):
        return []
    status = int(draw(st.sampled_from(sorted(FACTS["refund_status"]))))
    way = int(draw(st.sampled_from(sorted(FACTS["handling_way"]))))
    return [{"refundId": 5, "handlingWay": way, "status": status, "refundFee": draw(st.integers(0, 5000)),
             "createTime": draw(MILLIS)}]  # fmt: skip


@st.composite
def gifts(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [
        {
            "subOrderBaseInfo": {"oid": 900 + number, "status": int(draw(STATUSES))},
            "subOrderItemInfo": {"skuId": 5, "skuNick": "G", "itemId": 6, "itemTitle": draw(NOTES), "num": 1, "price": 0},
            "subOrderDeliveryInfo": {"deliveryNum": draw(st.sampled_from([0, 1, None]))},
        }
        for number in range(draw(st.integers(0, 2)))
    ]  # fmt: skip


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    """A consistent order with everything that may stand in one."""
    price, units, above = draw(st.integers(1, 200_000)), draw(st.integers(1, 9)), draw(st.integers(0, 5000))
    goods = price * units
    off = draw(st.integers(0, goods))
    channel = draw(st.integers(0, 300)) if goods - off > 600 else 0
    state = draw(st.integers(0, 300)) if goods - off > 600 else 0
    freight, junk = draw(st.integers(0, 3000)), draw(JUNK)
    text = draw(st.booleans())

    def wire(value: int) -> int | str:
        return str(value) if text else value

    document: dict[str, Any] = {
        "orderBaseInfo": {
            "oid": wire(draw(st.integers(10**15, 10**16))), "status": wire(int(draw(STATUSES))),
            "createTime": draw(MILLIS), "payTime": draw(st.one_of(st.just(0), MILLIS)), "updateTime": draw(MILLIS),
            "totalFee": wire(goods), "discountFee": wire(off), "expressFee": wire(freight),
            "allowanceExpressFee": draw(st.sampled_from([0, 100, None])), "payChannelDiscount": wire(channel),
            "governmentDiscount": wire(state), "remark": draw(st.one_of(st.just(""), NOTES)),
            "riskCode": draw(st.sampled_from([0, 10001, None])), "preSale": draw(st.sampled_from([0, 1, None])),
            "validPromiseShipmentTimeStamp": draw(st.one_of(st.just(0), MILLIS)),
            "disableDeliveryReasonCode": draw(st.lists(st.sampled_from([1, 2, 5]), max_size=2)), **junk,
        },
        "orderItemInfo": {
            "skuId": 7, "itemId": 8, "skuNick": draw(st.sampled_from(["", "A-1", "B-2"])), "num": wire(units),
            "itemTitle": draw(NOTES), "originalPrice": wire(price + above), "price": wire(price),
        },
        "orderAddress": {
            "encryptedConsignee": draw(st.sampled_from(["", SECRETS[0]])), "encryptedMobile": SECRETS[1],
            "encryptedAddress": SECRETS[2], "desensitiseConsignee": SECRETS[3], "desensitiseMobile": SECRETS[4],
            "province": "浙江省", "city": "杭州市", "district": "西湖区",
        },
        "orderDeliveryInfo": {"deliveryNum": draw(st.one_of(st.none(), st.integers(0, units))),
                              "deliveryStatus": draw(st.sampled_from([10, 40, None])), "openAddressId": "place"},
        "orderLogisticsInfo": [{"logisticsId": 1, "expressNo": "SF1", "expressCode": 4}] * draw(st.integers(0, 2)),
        "orderRefundList": draw(cases()), "subOrderInfo": draw(gifts()),
    }  # fmt: skip
    return Truth(
        document, yuan((price + above) * units), yuan(above * units + off + channel + state), yuan(freight), junk
    )


one = partial(lone, "kuaishou")


@LAW
@given(truths())
def test_money_is_explained_to_the_cent(truth: Truth) -> None:
    order = one(truth.document)
    assert (order.items_total, order.discount_total, order.shipping_fee) == (truth.items, truth.reduced, truth.freight)
    assert (order.total, order.residual, order.discrepancy, order.currency) == (truth.total, ZERO, ZERO, "CNY")
    assert sum((line.total or ZERO for line in order.lines), ZERO) == truth.items - truth.reduced
    assert sum((row.amount for row in order.discounts), ZERO) == truth.reduced
    for line in order.lines:
        assert line.subtotal is not None and line.discount is not None
        assert line.total == line.subtotal - line.discount


@LAW
@given(truths())
def test_an_order_is_shippable_only_where_nothing_forbids_it(truth: Truth) -> None:
    order = one(truth.document)
    base = truth.document["orderBaseInfo"]
    if order.is_shippable:
        assert str(base["status"]) in ("30", "40")
        assert not base["disableDeliveryReasonCode"] and base["validPromiseShipmentTimeStamp"]
        assert base["riskCode"] != 10001 and truth.document["orderAddress"]["encryptedConsignee"]
    assert all(0 <= (line.shipped_quantity or 0) <= line.quantity for line in order.lines)


@LAW
@given(truths(), st.sampled_from(["31", "ODD", "-1", "400"]))
def test_unknown_words_never_ship(truth: Truth, word: str) -> None:
    document = copy.deepcopy(truth.document)
    document["orderBaseInfo"]["status"] = word
    found = orderhub.normalize("kuaishou", document)
    [order] = found.orders
    assert (order.status, order.raw_status, order.is_shippable) == ("unknown", word, False)
    assert "unknown_value" in {finding.code for finding in found.findings}


@LAW
@given(truths())
def test_nothing_is_lost(truth: Truth) -> None:
    order = one(truth.document)
    assert json.loads(order.raw or b"") == truth.document
    for name, value in truth.extra.items():
        assert order.extra[f"orderBaseInfo.{name}"] == value
    assert stored(Order, encode(order), order.raw) == order


@LAW
@given(st.lists(truths(), min_size=1, max_size=3), st.data())
def test_one_bad_order_takes_nothing_else_with_it(many: list[Truth], data: st.DataObject) -> None:
    documents = [copy.deepcopy(truth.document) for truth in many]
    for number, document in enumerate(documents):
        document["orderBaseInfo"]["oid"] = 1000 + number
    spoilt = data.draw(st.integers(0, len(documents) - 1))
    group = data.draw(st.sampled_from(["orderBaseInfo", "orderItemInfo"]))
    name = data.draw(st.sampled_from(sorted(documents[spoilt][group])))
    documents[spoilt][group][name] = data.draw(st.sampled_from([True, 1.5, {"a": 1}, [[1]], "x" * 40, None, -1]))
    found = orderhub.normalize("kuaishou", documents)
    kept = {order.order_id for order in found.orders}
    assert kept >= {str(1000 + number) for number in range(len(documents)) if number != spoilt}
    for finding in found.findings:
        told = f"{finding.message} {finding.value} {finding.path}"
        assert not any(secret in told for secret in SECRETS)


@LAW
@given(truths(), st.sampled_from(["orderAddress", "orderDeliveryInfo", "orderRefundList", "subOrderInfo", "orderNote"]),
       st.sampled_from([None, "", [], {}, 7, "x", [None], [[]], {"a": {}}]))  # fmt: skip
def test_strange_groups_are_read_or_reported(truth: Truth, group: str, value: Any) -> None:
    found = orderhub.normalize("kuaishou", {**truth.document, group: value})
    assert len(found.orders) + len([row for row in found.findings if row.code == "undecodable"]) == 1
