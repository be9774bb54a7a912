"""Orders read and written: lists of ids, details, notes, addresses, receivers. Source: docs/platforms/wechat.md.

Bodies of price changes, searches and changes of SKU before shipping are not documented; they are not offered.
"""

from __future__ import annotations

import hashlib
from copy import deepcopy
from typing import Any

from orderhub.sandbox.platforms.wechat.ask import PAGE_MAX, Ask, Refusal
from orderhub.sandbox.platforms.wechat.spec import GIFT_OPEN, GROUP_OPEN, TO_SHIP, UNPAID
from orderhub.sandbox.platforms.wechat.state import Doc, Order

__all__ = [
    "UNKNOWN_STATUS", "accept_address", "decode_receiver", "get", "listed", "reject_address", "update_address",
    "update_notes", "virtual_phone",
]  # fmt: skip

WEEK_S = 7 * 86_400
UNKNOWN_STATUS = 66
VIRTUAL_S = 15 * 86_400
ADDRESS = (
    "user_name", "postal_code", "province_name", "city_name", "county_name", "detail_info", "house_number",
    "tel_number",
)  # fmt: skip
_UNSENT = (UNPAID, GIFT_OPEN, GROUP_OPEN, TO_SHIP)


def listed(ask: Ask) -> Doc:
    """order/list/get: ids of a window of creation or of change, at most seven days."""
    ranges = [name for name in ("create_time_range", "update_time_range") if ask.params.get(name) is not None]
    if len(ranges) != 1:
        raise ask.bad("create_time_range or update_time_range, one of them")
    inner = ask.of(ask.params[ranges[0]], ranges[0])
    window = ask.window(inner.number("start_time"), inner.number("end_time"), WEEK_S)
    size = ask.number("page_size", ask.switch("page_size_default"))
    if not 1 <= size <= PAGE_MAX:
        raise ask.bad(f"page_size, 1 to {PAGE_MAX}")
    axis = ranges[0].removesuffix("_range")
    rows = ask.market.index(ask.shop_id, axis).window(*window)
    if ask.fault("shifting_pages") and rows:
        ask.market.touch(ask.market.orders[rows[-1][1]])
        rows = ask.market.index(ask.shop_id, axis).window(*window)
    ids, told = ask.page(rows, lambda name: _wanted(ask, name), size)
    return {"order_id_list": ids, **told}


def _wanted(ask: Ask, name: str) -> bool:
    order, params = ask.market.orders[name], ask.params
    if order.shown_from and order.shown_from > ask.market.stamp():
        return False
    status, openid = params.get("status"), params.get("openid")
    return (status is None or order.status == status) and (not openid or order.doc["openid"] == openid)


def get(ask: Ask) -> Doc:
    """order/get: one order; encode_sensitive_info stars the receiver."""
    doc = ask.order().doc
    if ask.params.get("encode_sensitive_info") or ask.switch("masked"):
        doc = _starred(doc)
    if ask.fault("unknown_status"):
        doc = {**doc, "status": UNKNOWN_STATUS}
    if ask.fault("drifted_field"):
        doc = deepcopy(doc)
        doc["order_detail"]["price_info"]["freight"] = str(doc["order_detail"]["price_info"]["freight"])
        doc["order_detail"]["trait_code"] = "A1"
    return {"order": doc}


def _starred(doc: Doc) -> Doc:
    doc = deepcopy(doc)
    address = doc["order_detail"]["delivery_info"]["address_info"]
    address |= {
        "user_name": address["user_name"][:1] + "**", "tel_number": star(address["tel_number"]),
        "detail_info": "****", "house_number": "",
    }  # fmt: skip
    return doc


def star(number: str) -> str:
    """138****1234."""
    return f"{number[:3]}****{number[-4:]}"


def decode_receiver(ask: Ask) -> Doc:
    """order/sensitiveinfo/decode: the receiver in the clear (the shape of the answer is our reading)."""
    return {"address_info": dict(ask.order().delivery["address_info"])}


def virtual_phone(ask: Ask) -> Doc:
    """order/virtualtelnumber/get: another number that reaches the receiver for a while (shape is our reading)."""
    order = ask.order()
    address = order.delivery["address_info"]
    told = address["tel_number_ext_info"]
    told["get_virtual_tel_cnt"] = int(told["get_virtual_tel_cnt"]) + 1
    told["virtual_tel_number"] = f"17{int(order.order_id) % 10**9:09d}"
    told["virtual_tel_expire_time"] = ask.market.stamp() + VIRTUAL_S
    return {name: told[name] for name in ("virtual_tel_number", "virtual_tel_expire_time", "get_virtual_tel_cnt")}


def update_notes(ask: Ask) -> Doc:
    """order/merchantnotes/update."""
    order, notes = ask.order(), ask.params.get("merchant_notes")
    if not isinstance(notes, str):
        raise ask.bad("merchant_notes")
    order.doc["order_detail"]["ext_info"]["merchant_notes"] = notes
    ask.market.touch(order)
    ask.market.heard("channels_ec_order_ext_info_update", order, {"type": 2})
    return {}


def update_address(ask: Ask) -> Doc:
    """order/address/update: the shop writes another receiver while nothing was sent."""
    order = _unsent(ask)
    given = ask.of(ask.params.get("user_address", ask.params.get("address_info")), "user_address").params
    fresh = {name: given[name] for name in ADDRESS if isinstance(given.get(name), str)}
    if not fresh:
        raise ask.bad("user_address, no field of an address")
    _move_in(ask, order, fresh)
    return {}


def _unsent(ask: Ask) -> Order:
    order = ask.order()
    if order.status not in _UNSENT:
        raise Refusal(ask.switch("state_code"), f"not in status {order.status}")
    return order


def _move_in(ask: Ask, order: Order, fresh: dict[str, Any]) -> None:
    address = order.delivery["address_info"]
    address |= fresh
    address["hash_code"] = merge_key(order.shop_id, address)
    ask.market.touch(order)
    ask.market.heard("channels_ec_order_ext_info_update", order, {"type": 1})


def merge_key(shop_id: str, address: Doc) -> str:
    """hash_code: equal for equal receivers of one shop."""
    told = "|".join([shop_id, *(str(address.get(name, "")) for name in ADDRESS)])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def accept_address(ask: Ask) -> Doc:
    """order/addressmodify/accept: what the buyer asked for becomes the receiver."""
    order = _unsent(ask)
    asked = order.delivery.pop("address_under_review", None)
    if not asked:
        raise Refusal(ask.switch("state_code"), "no change of address is asked for")
    order.delivery.pop("address_apply_time", None)
    _move_in(ask, order, {name: asked[name] for name in ADDRESS if name in asked})
    return {}


def reject_address(ask: Ask) -> Doc:
    """order/addressmodify/reject: the receiver stays."""
    order = ask.order()
    if not order.delivery.pop("address_under_review", None):
        raise Refusal(ask.switch("state_code"), "no change of address is asked for")
    order.delivery.pop("address_apply_time", None)
    ask.market.touch(order)
    return {}
