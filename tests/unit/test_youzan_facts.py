"""The Youzan connector against facts typed from its page, in both directions, and verbs over scripted replies."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orderhub
from orderhub import errors
from orderhub.connectors.youzan import CONNECTOR, spec, wire
from orderhub.flow.message import Reply, Request
from orderhub.models import Dispatch
from orderhub.sandbox import World

FACTS: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "facts" / "youzan.toml").read_text(encoding="utf-8"))
KINDS = {
    "permanent": errors.RequestRejected, "credentials": errors.AuthError, "token": errors.TokenExpired,
    "parameter": errors.InvalidParameter, "not_found": errors.NotFound, "conflict": errors.Conflict,
}  # fmt: skip


def order(**changes: Any) -> dict[str, Any]:
    """Two lines, a discount on one and one on the order, freight."""
    info = {"tid": "E20261111000000000000001", "status": "WAIT_SELLER_SEND_GOODS", "created": "2026-11-11 00:00:00",
            "update_time": "2026-11-11 00:01:00", "pay_time": "2026-11-11 00:01:00", "consign_time": "", "refund_state": 0,
            "close_type": 0, "express_type": 0}  # fmt: skip
    info |= {name: changes.pop(name) for name in list(changes) if name in info}
    return {
        "order_info": info,
        "pay_info": {"post_fee": "6.00", "payment": "194.35", "real_payment": "194.35", "total_fee": "211.00"},
        "order_promotion": {"item_discount_fee": "12.10", "order_discount_fee": "10.55", "adjust_fee": "0.00"},
        "orders": [
            {"oid": "1", "outer_sku_id": "A", "num": 2, "price": "45.00", "total_fee": "90.00", "payment": "85.23"},
            {"oid": "2", "outer_sku_id": "B", "num": 1, "price": "121.00", "total_fee": "108.90", "payment": "103.12"},
        ],
        "address_info": {"receiver_name": "王小明", "receiver_tel": "13800138000", "delivery_province": "湖北省",
                         "delivery_city": "武汉市", "delivery_district": "洪山区", "delivery_address": "关山街道1号"},
        **changes,
    }  # fmt: skip


def decoded(document: Any) -> orderhub.Order:
    (found,) = orderhub.normalize("youzan", document).orders
    return found


def test_tables_say_what_the_page_says() -> None:
    assert {raw: str(word) for raw, word in spec.STATUS.words.items()} == {
        k: v["word"] for k, v in FACTS["status"].items()
    }
    assert {raw: [str(hold)] for raw, hold in spec.STATUS_HOLDS.items()} == {
        raw: row["holds"] for raw, row in FACTS["status"].items() if row["holds"]
    }
    assert {raw: str(word) for raw, word in spec.REFUND_STATE.words.items()} == FACTS["refund_state"]
    assert spec.ERRORS.exact == {code: KINDS[kind] for code, kind in FACTS["errors"].items()}
    sheet, told = CONNECTOR.spec, FACTS["addresses"]
    assert (sheet.base_url, sheet.token_url, list(sheet.hosts)) == (told["gateway"], told["token"], told["hosts"])
    page = (Path(__file__).parents[2] / "docs" / "platforms" / "youzan.md").read_text(encoding="utf-8")
    assert all(f"| {raw}" in page for raw in FACTS["status"])


def test_the_vector_of_a_push_and_what_is_refused() -> None:
    push = FACTS["push"]
    assert wire.push_sign(push["app_key"], push["app_secret"], push["body"].encode()) == push["sign"]
    shop = orderhub.connect("youzan", app_key=push["app_key"], app_secret=push["app_secret"], access_token="t")
    (message,) = shop.decode_message({"Event-Sign": push["sign"]}, push["body"].encode())
    assert message.topic == "trade_TradePaid"
    for sign, body in ((push["sign"], b"{}"), ("", push["body"].encode()), ("0" * 32, push["body"].encode())):
        with pytest.raises(errors.SecurityError):
            shop.decode_message({"Event-Sign": sign}, body)


def test_money_of_an_order_and_its_lines() -> None:
    found = decoded(order())
    assert (found.items_total, found.discount_total, found.shipping_fee, found.total, found.residual) == tuple(
        map(Decimal, ("211.00", "22.65", "6.00", "194.35", "0.00"))
    )
    assert [line.total for line in found.lines] == [Decimal("85.23"), Decimal("103.12")]
    assert found.discrepancy == 0 and {row.amount for row in found.discounts} == {Decimal("12.10"), Decimal("10.55")}
    assert found.is_shippable and found.paid == Decimal("194.35")


def test_an_orders_reduction_is_apportioned_where_lines_do_not_tell_it() -> None:
    bare = order()
    for line in bare["orders"]:
        del line["payment"]
    result = orderhub.normalize("youzan", bare)
    (found,) = result.orders
    assert sum(line.total or 0 for line in found.lines) == Decimal("188.35") and found.discrepancy == 0
    assert [finding.code for finding in result.findings] == ["discount_apportioned"]


@pytest.mark.parametrize("wrap", [
    lambda o: {"data": {"full_order_info": o}, "success": True, "code": 200}, lambda o: {"full_order_info": o},
    lambda o: {"response": {"full_order_info_list": [{"full_order_info": o}], "total_results": 1}}, lambda o: [o],
    lambda o: json.dumps({"data": {"full_order_info_list": [{"full_order_info": o}]}}),
])  # fmt: skip
def test_every_wrapping_gives_the_same_order(wrap: Any) -> None:
    assert decoded(wrap(order())).model_copy(update={"raw": None}) == decoded(order()).model_copy(update={"raw": None})
    assert orderhub.normalize("youzan", {"success": True, "code": 200, "data": {"total_results": 0}}).findings == ()


@pytest.mark.parametrize(("changes", "status", "holds"), [
    ({"status": "WAIT_CONFIRM"}, "awaiting_shipment", {"other"}), ({"refund_state": 11}, "awaiting_shipment", {"refund_open"}),
    ({"refund_state": 2}, "awaiting_shipment", {"other"}), ({"status": "WAIT_STORE_PICKING"}, "unknown", {"unknown_value"}),
    ({"refund_state": 7}, "awaiting_shipment", {"unknown_value"}),
    ({"status": "TRADE_CLOSED", "consign_time": "2026-11-12 00:00:00", "refund_state": 12}, "shipped", set()),
])  # fmt: skip
def test_what_holds_an_order(changes: dict[str, Any], status: str, holds: set[str]) -> None:
    found = decoded(order(**changes))
    assert (found.status, set(found.holds), found.is_shippable) == (status, holds, False)


def test_parcels_make_an_order_partly_shipped() -> None:
    parcel = {"oids": "2", "out_sid": "SF1", "out_stype_name": "顺丰速运", "consign_time": "2026-11-12 08:00:00"}
    found = decoded(order(_parcels=[parcel]))
    assert found.status == "partially_shipped" and [line.shipped_quantity for line in found.lines] == [0, 1]
    assert found.shipments[0].carrier == "sf" and found.shipments[0].lines == (("2", 1),)


@given(st.sampled_from(["order_info", "pay_info", "orders", "address_info", "order_promotion"]),
       st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.integers(), max_size=2))  # fmt: skip
def test_no_value_anywhere_loses_another_order(name: str, value: Any) -> None:
    result = orderhub.normalize("youzan", [order(**{name: value}), order()])
    assert len(result.orders) + len(result.quarantined) == 2 and len(result.orders) >= 1
    assert "13800138000" not in str(result.findings)


class Script:
    """Answers by call; the sandbox answers the rest."""

    def __init__(self, world: World, lose: str = "") -> None:
        self.inner, self.lose, self.sent = world.transport(), lose, list[str]()

    def send(self, request: Request) -> Reply:
        name = request.url.split("/api/")[-1].split("/")[0]
        self.sent.append(name)
        reply = self.inner.send(request)
        if name == self.lose:
            self.lose = ""
            raise errors.TimedOut("lost")
        return reply

    def close(self) -> None: ...


def test_a_lost_confirmation_is_settled_by_reading_and_a_line_goes_whole() -> None:
    world = World(seed=3, platforms=["youzan"], carriers=[], orders=20, start=datetime(2026, 11, 11, tzinfo=UTC))
    script = Script(world, "youzan.logistics.online.confirm")
    shop = orderhub.connect(**world.shops()[0], transport=script, clock=world.clock)
    waiting = [one for one in shop.orders(updated_since=datetime(2026, 10, 1, tzinfo=UTC)) if one.is_shippable]
    (outcome,) = shop.ship([Dispatch(order_id=waiting[0].order_id, carrier="sf", waybill_no="SF100")])
    assert outcome.ok and outcome.reason == "already_done"
    assert script.sent.count("youzan.logistics.online.confirm") == 1
    many = next(one for one in waiting[1:] if len(one.lines) > 1 and one.status == "awaiting_shipment")
    line = many.lines[0]
    (half,) = shop.ship(
        [Dispatch(order_id=many.order_id, carrier="sf", waybill_no="SF101", lines=((line.line_id, 99),))]
    )
    assert not half.ok and isinstance(half.error, errors.InvalidParameter)
    parts = [Dispatch(order_id=many.order_id, carrier="sf", waybill_no=f"SF2{n}", lines=((row.line_id, row.quantity),))
             for n, row in enumerate(many.lines)]  # fmt: skip
    assert all(outcome.ok for outcome in shop.ship(parts))
    assert shop.get_order(many.order_id).status == "shipped"
    (fixed,) = shop.ship([Dispatch(order_id=many.order_id, carrier="yto", waybill_no="YT300", replaces="SF20")])
    assert fixed.ok, fixed.error
    assert "YT300" in {parcel.waybill_no for parcel in shop.get_order(many.order_id).shipments}
