"""Laws of decoding WeChat orders, over orders built from the identity of docs/platforms/wechat.md#money."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from decode_words import facts, lone
from hypothesis import given, settings
from hypothesis import strategies as st

import orderhub
from orderhub.models import Order

FACTS = facts("wechat")
LAW = settings(max_examples=40, deadline=None)
SECRETS = ("李晓明", "13812345678", "体育西路99号", "openid-of-a-person")
KINDS = [f"{kind}_discounted_price" for kind in FACTS["discounts"]["kinds"]]
TO_SHIP = ("20", "21")


@dataclass(frozen=True)
class Truth:
    """One order as the platform would send it, and what it means, in fen."""

    document: dict[str, Any]
    items: int
    off: int
    freight: int
    extra: dict[str, Any]

    @property
    def total(self) -> int:
        return self.items - self.off + self.freight


def yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def either(value: int) -> st.SearchStrategy[int | str]:
    """A number as number or as text: ids and counts come both ways."""
    return st.sampled_from([value, str(value)])


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    """A consistent order: every line's discounts by kind, points, a price change of the whole order, freight."""
    raw = draw(st.sampled_from(sorted(FACTS["order_status"])))
    split, rows, items, off, points = dict.fromkeys(KINDS, 0), [], 0, 0, 0
    for number in range(draw(st.integers(1, 4))):
        price, units = draw(st.integers(1, 100_000)), draw(st.integers(1, 5))
        left = gross = price * units
        row: dict[str, Any] = {"deduction_price": draw(st.integers(0, left // 3))}
        points += row["deduction_price"]
        left -= row["deduction_price"]
        for kind in draw(st.lists(st.sampled_from(KINDS), max_size=3, unique=True)):
            row[kind] = draw(st.integers(0, left // 2))
            split[kind] += row[kind]
            left -= row[kind]
        items, off = items + gross, off + gross - left
        told = draw(st.sampled_from(["estimate", "real", "both", "split"]))
        rows.append(row | {
            "product_id": draw(either(100)), "sku_id": draw(either(200 + number // 2)), "sku_cnt": draw(either(units)),
            "sale_price": price, "title": "物", "on_aftersale_sku_cnt": draw(st.sampled_from([0, 0, 0, 1])),
            "finish_aftersale_sku_cnt": 0,
            **({"estimate_price": left} if told in ("estimate", "both") else {}),
            **({"real_price": left} if told in ("real", "both") else {}),
        })  # fmt: skip
    freight = draw(st.integers(0, 3000))
    prices = {
        "product_price": items, "freight": freight, "original_order_price": items + freight,
        "discounted_price": off - points, "deduction_price": points, "change_down_price": 0,
        "order_price": items + freight - off, **split,
    }  # fmt: skip
    address = {"user_name": SECRETS[0], "tel_number": SECRETS[1], "detail_info": SECRETS[2], "hash_code": "h"}
    junk = draw(st.dictionaries(st.sampled_from(["zz_a", "zz_b"]), st.integers(0, 9)))
    paid = raw not in ("10", "250")
    document = {
        "order_id": draw(either(37)), "openid": SECRETS[3], "status": draw(either(int(raw))), "create_time": 1_700_000_000,
        "update_time": 1_700_000_001, **junk,
        "order_detail": {
            "product_infos": rows, "price_info": prices, "pay_info": {"pay_time": 1_700_000_000} if paid else {},
            "delivery_info": {"address_info": address, "delivery_product_info": []}, "ext_info": {},
        },
    }  # fmt: skip
    return Truth(document, items, off, freight, junk)


one = partial(lone, "wechat")


@LAW
@given(truths())
def test_money_is_explained_to_the_cent_and_lines_add_up(truth: Truth) -> None:
    order = one(truth.document)
    assert (order.items_total, order.discount_total, order.shipping_fee, order.total) == tuple(
        map(yuan, (truth.items, truth.off, truth.freight, truth.total))
    )
    assert order.residual == order.discrepancy == 0
    assert sum((line.total or Decimal(0) for line in order.lines), Decimal(0)) == yuan(truth.items - truth.off)
    assert all(line.total == (line.subtotal or 0) - (line.discount or 0) for line in order.lines)
    assert sum((row.amount for row in order.discounts), Decimal(0)) == order.discount_total
    assert len({line.line_id for line in order.lines}) == len(order.lines)


@LAW
@given(truths())
def test_words_holds_and_whether_to_ship(truth: Truth) -> None:
    order, raw = one(truth.document), str(truth.document["status"])
    fact = FACTS["order_status"][raw]
    assert (order.status, order.payment_status) == (fact["word"], fact["payment"])
    waiting = raw in (*TO_SHIP, "12", "13", "17")
    asked = waiting and any(row["on_aftersale_sku_cnt"] for row in truth.document["order_detail"]["product_infos"])
    assert {str(hold) for hold in order.holds} == {fact["hold"], "refund_open" if asked else ""} - {""}
    assert order.is_shippable == (raw in TO_SHIP and not order.holds)
    if order.paid is not None and order.refunded is not None:
        assert Decimal(0) <= order.refunded <= order.paid


@LAW
@given(truths())
def test_nothing_is_lost(truth: Truth) -> None:
    order = one(truth.document)
    assert truth.extra.items() <= dict(order.extra).items()
    assert order.raw is not None and json.loads(order.raw) == truth.document
    assert Order.model_validate(order.model_dump(exclude={"key", "is_shippable"})).total == order.total


@LAW
@given(truths(), st.text("ABC_xyz", min_size=1, max_size=9))
def test_unknown_words_are_kept_and_never_ship(truth: Truth, word: str) -> None:
    found = orderhub.normalize("wechat", {**truth.document, "status": word})
    (order,) = found.orders
    assert (order.status, order.raw_status, order.is_shippable) == ("unknown", word, False)
    assert "unknown_value" in {finding.code for finding in found.findings}


BAD = st.sampled_from([None, "", [], {}, True, 1.5, -1, "x" * 30, float("nan"), [[]], {"a": {}}, "9" * 40])


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """An order with a value of the wrong kind somewhere."""
    document = copy.deepcopy(draw(truths()).document)
    place: Any = document
    for _ in range(draw(st.integers(1, 5))):
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or draw(st.booleans()):
            place[key] = draw(BAD)
            break
        place = place[key]
    return document


@settings(max_examples=150, deadline=None)
@given(mutated())
def test_mutated_documents_become_orders_or_findings_and_show_nobody(document: Any) -> None:
    found = orderhub.normalize("wechat", document)
    assert len(found.orders) + sum(finding.code == "undecodable" for finding in found.findings) == 1
    for order in found.orders:
        assert order.discrepancy in (None, 0)
    shown = repr(found.findings) + repr(found.orders)
    assert not [secret for secret in SECRETS if secret in shown]


@pytest.mark.parametrize("count", [0, 3])
def test_bad_orders_take_nobody_with_them(count: int) -> None:
    good = one_document()
    found = orderhub.normalize("wechat", [good, *[{"order_id": n, "order_detail": {}} for n in range(count)], good])
    assert (len(found.orders), len(found.findings)) == (2, count)


def one_document() -> dict[str, Any]:
    line = {"product_id": 1, "sku_id": 2, "sku_cnt": 1, "sale_price": 100, "real_price": 100}
    return {"order_id": 5, "status": 20, "order_detail": {"product_infos": [line], "price_info": {
        "freight": 0, "order_price": 100, "discounted_price": 0}}}  # fmt: skip
