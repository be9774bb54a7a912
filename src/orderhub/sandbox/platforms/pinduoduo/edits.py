"""Orders changed by the seller: note, receiver, print mark. Source: docs/platforms/pinduoduo.md §6.

These calls tell a business failure inside the answer, in the spelling of each.
"""

from __future__ import annotations

from orderhub.sandbox.platforms.pinduoduo.ask import Ask, bad, no
from orderhub.sandbox.platforms.pinduoduo.messages import tell
from orderhub.sandbox.platforms.pinduoduo.ship import usable
from orderhub.sandbox.platforms.pinduoduo.state import Doc
from orderhub.sandbox.platforms.pinduoduo.wire import Refusal

__all__ = ["address", "note", "printed"]

NOTE_MAX, TAG_NAME_MAX = 300, 3
_ADDRESS = ("receiver_name", "receiver_phone", "address", "province", "city", "town")
_IDS = ("province_id", "city_id", "town_id")


def note(ask: Ask) -> Doc:
    """pdd.order.note.update: the seller's note; tag and tag_name come together or not at all."""
    if "note" not in ask.params:
        raise Refusal(21002, "", "note")
    name, tagged = ask.text("tag_name"), ask.given("tag")
    tag = ask.one_of("tag", (1, 2, 3, 4, 5)) if tagged else None
    if tagged != bool(name) or len(name) > TAG_NAME_MAX:
        raise bad("tag_name", "tag和tag_name必须同时传，名称最多3个字")
    order = ask.market.find(ask.shop_id, ask.text("order_sn"))
    if order is None or len(ask.text("note")) > NOTE_MAX:
        return {"success": False, "error_code": 50001, "error_msg": "备注过长" if order else "订单不存在"}
    order.doc["remark"] = ask.text("note")
    if tagged:
        order.doc |= {"remark_tag": tag, "remark_tag_name": name}
    ask.market.touch(order)
    tell(ask.market, order, "TradeMemoModified", seller_memo=order.doc["remark"])
    return {"success": True, "error_code": 0, "error_msg": ""}


def address(ask: Ask) -> Doc:
    """pdd.order.update.address: not for sent orders, nor under review, nor refunded."""
    for name in (*_ADDRESS, "order_sn"):
        if not ask.given(name):
            raise Refusal(21002, "", name)
    for name in _IDS:
        ask.whole(name, None, 0)
    sn = ask.text("order_sn")
    order = ask.market.find(ask.shop_id, sn)
    if order is None:
        return _unmoved(sn, "订单不存在")
    doc = order.doc
    if doc["order_status"] != 1 or doc["confirm_status"] != 1 or doc["refund_status"] == 4:
        return _unmoved(sn, "订单状态不允许修改地址")
    if doc["risk_control_status"] != 0:
        return _unmoved(sn, "订单审核中，不能修改地址")
    order.receiver = {name.removeprefix("receiver_"): ask.text(name) for name in _ADDRESS}
    ask.market.touch(order)
    tell(ask.market, order, "TradeLogisticsAddressChanged")
    return {"success": True, "result": {"order_sn": sn, "msg": ""}, "errorCode": 0, "errorMsg": ""}


def _unmoved(sn: str, why: str) -> Doc:
    return {"success": False, "result": {"order_sn": sn, "msg": why}, "errorCode": 50001, "errorMsg": why}


def printed(ask: Ask) -> Doc:
    """pdd.erp.order.sync: the label is printed (state 1)."""
    order, state = ask.order(), ask.one_of("order_state", (1,))
    logistics_id = ask.whole("logistics_id", None, 0)
    if not ask.given("waybill_no"):
        raise Refusal(21002, "", "waybill_no")
    if why := usable(logistics_id):
        raise no(why)
    order.printed = {"order_state": state, "waybill_no": ask.text("waybill_no"), "logistics_id": logistics_id}
    return {"result": True, "success": True}
