"""The tester's hand in the Pinduoduo emulator: truth, documents, actions, stock, mistakes."""

from __future__ import annotations

from typing import Any

import pytest
from test_pinduoduo_emulator_tools import INFO, SEND, SF, Pdd, control, stamp, still


@pytest.fixture
def pdd() -> Pdd:
    return Pdd(still(orders=4))


def test_records_tell_time_and_total(pdd: Pdd) -> None:
    sn = pdd.new()
    [row] = [row for row in pdd.records() if row["order_id"] == sn]
    order = pdd.info(sn)
    assert row == {
        "order_id": sn, "shop_id": pdd.shop_id, "modified": order["updated_at"],
        "total": f"{order['pay_amount']:.2f}", "currency": "CNY",
    }  # fmt: skip
    assert len(pdd.records()) == 5


def test_documents_are_taken_as_given(pdd: Pdd) -> None:
    sn = pdd.post(
        order_sn="260318-123456789012345", buyer_memo="hello", receiver_name="李四", province="浙江省", pay_amount=9.9
    )
    assert sn == "260318-123456789012345"
    order = pdd.info(sn)
    assert (order["buyer_memo"], order["receiver_name_mask"], order["province"]) == ("hello", "李**", "浙江省")
    assert order["pay_amount"] == 9.9
    pdd.post(order_sn=sn, buyer_memo="changed")
    assert pdd.info(sn)["buyer_memo"] == "changed"
    assert len([row for row in pdd.records() if row["order_id"] == sn]) == 1
    other = {"shop_id": Pdd(pdd.world, 1).shop_id, "documents": [{"order_sn": sn}]}
    assert pdd.world.control("POST", "/_sandbox/pinduoduo/orders", {}, other)[0] == 400


def test_truth_survives_the_round_trip(pdd: Pdd) -> None:
    sn = pdd.new()
    truth = pdd.truth(sn)
    pdd.post(**truth)
    again = pdd.truth(sn)
    assert {name: value for name, value in again.items() if name != "_sandbox"} == {
        name: value for name, value in truth.items() if name != "_sandbox"
    }


def test_fields_move_the_order_unless_they_hold_its_time(pdd: Pdd) -> None:
    sn = pdd.new()
    pdd.world.advance(50)
    pdd.patch(sn, fields={"free_sf": 1})
    assert (pdd.info(sn)["free_sf"], pdd.info(sn)["updated_at"]) == (1, stamp(pdd))
    pdd.patch(sn, fields={"updated_at": "2026-03-18 09:00:00"})
    assert pdd.info(sn)["updated_at"] == "2026-03-18 09:00:00"
    assert sn not in [row["order_sn"] for row in pdd.changed()]


@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("unpaid", "ship"), ("unpaid", "receive"), ("unpaid", "refund"), ("paid", "receive"), ("paid", "pay"),
        ("paid", "form_group"), ("sent", "ship"), ("sent", "cancel"), ("received", "receive"), ("cancelled", "ship"),
        ("cancelled", "cancel"), ("cancelled", "refund"), ("failed", "pay"),
    ],
)  # fmt: skip
def test_refuses_what_the_state_forbids(pdd: Pdd, state: str, action: str) -> None:
    sn = pdd.new(unpaid=state in ("unpaid", "failed"))
    for step in {"sent": ["ship"], "received": ["ship", "receive"], "cancelled": ["cancel"], "failed": ["cancel"]}.get(
        state, []
    ):
        pdd.patch(sn, action=step)
    status, told = pdd.world.control("PATCH", f"/_sandbox/pinduoduo/orders/{sn}", {}, {"action": action})
    assert status == 409 and told["do"]


def test_cancelling_a_confirmed_order_refunds_it(pdd: Pdd) -> None:
    sn = pdd.new()
    pdd.patch(sn, action="cancel")
    order = pdd.info(sn)
    assert (order["confirm_status"], order["refund_status"], order["order_status"]) == (2, 4, 1)
    assert pdd.whole("pdd.refund.information.get", order_sn=sn)["refund_amount"] == round(order["pay_amount"] * 100)


def test_deposits_are_paid_up(pdd: Pdd) -> None:
    world = Pdd(still(awkward=True))
    orders = [world.info(sn) for sn in world.every()]
    deposit = next(one for one in orders if one["trade_type"] == 1 and one["step_order_info"]["step_trade_status"] == 1)
    assert world.refusal(SEND, order_sn=deposit["order_sn"], logistics_id=SF, tracking_number="1").code == 50001
    world.patch(deposit["order_sn"], action="pay")
    paid = world.info(deposit["order_sn"])["step_order_info"]
    assert (paid["step_trade_status"], paid["step_paid_fee"]) == (2, deposit["pay_amount"])
    assert world.send(deposit["order_sn"])


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "orders", {"count": 0}, 400), ("POST", "orders", {"count": True}, 400), ("POST", "orders", {}, 400),
        ("POST", "orders", {"count": 1, "shop_id": "nobody"}, 404), ("POST", "orders", {"documents": [{}]}, 400),
        ("POST", "orders", {"shop_id": "600000001", "documents": {}}, 400), ("GET", "orders/nobody", None, 404),
        ("PUT", "stock", {"quantity": 1}, 400), ("PUT", "stock", {"outer_id": "nobody", "quantity": 1}, 404),
        ("PUT", "stock", {"outer_id": "SKU-0001", "quantity": -1}, 400),
    ],
)  # fmt: skip
def test_mistakes_are_explained(pdd: Pdd, method: str, path: str, body: Any, status: int) -> None:
    told = pdd.world.control(method, f"/_sandbox/pinduoduo/{path}", {}, body)
    assert told[0] == status and told[1]["error"] and told[1]["do"]


def test_mistakes_of_changes_are_explained(pdd: Pdd) -> None:
    path = f"/_sandbox/pinduoduo/orders/{pdd.new()}"
    for body in (
        {"action": "dance"}, {"action": "ship", "logistics_id": 5}, {"action": "change_address"},
        {"action": "refund", "refund_amount": "much"}, {"action": "risk", "status": 2},
    ):  # fmt: skip
        status, told = pdd.world.control("PATCH", path, {}, body)
        assert status == 400 and told["do"], body
    assert pdd.world.control("PATCH", path, {}, {"action": "refund", "refund_id": 1})[0] == 404


def test_stock_is_the_platforms_stock(pdd: Pdd) -> None:
    changed = control(pdd.world, "PUT", "/_sandbox/pinduoduo/stock", {"outer_id": "SKU-0040", "quantity": 3})
    assert len(changed) == 2
    row = pdd.call("pdd.goods.list.get", outer_id="SKU-0040")["goods_list"][0]
    assert row["sku_list"][0]["sku_quantity"] == 3
    mine = pdd.world.control("GET", "/_sandbox/pinduoduo/stock", {"shop_id": pdd.shop_id})[1]
    assert {one["shop_id"] for one in mine} == {pdd.shop_id} and len(mine) == 40


def test_a_reset_gives_the_same_orders_again(pdd: Pdd) -> None:
    before = pdd.records()
    pdd.send(pdd.new())
    control(pdd.world, "POST", "/_sandbox/reset", {})
    assert pdd.records() == before
    assert pdd.call(INFO, order_sn=before[0]["order_id"])
