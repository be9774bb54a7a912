"""Shipping: parcels told, corrected, and who carries them. Source: docs/platforms/wechat.md, order writes."""

from __future__ import annotations

from collections import Counter
from typing import Any

from orderhub.sandbox.platforms.wechat.ask import Ask, Refusal
from orderhub.sandbox.platforms.wechat.moves import Illegal, correct, parcel_row, ship
from orderhub.sandbox.platforms.wechat.spec import CARRIERS, DESIGNATED, PART_SHIPPED, SHIPPED
from orderhub.sandbox.platforms.wechat.state import Doc, Order

__all__ = ["companies", "send", "update"]

EXPRESS, VIRTUAL = 1, 3


def companies(ask: Ask) -> Doc:
    """order/deliverycompanylist/new/get."""
    rows = [{"delivery_id": code, "delivery_name": name} for code, name in CARRIERS.items()]
    return {"company_list": rows}


def send(ask: Ask) -> Doc:
    """order/delivery/send: parcels of an order, each with the units in it; all of them or none."""
    order = ask.order()
    parcels = [_parcel(ask, row) for row in ask.rows("delivery_list")]
    if order.delivery.get("dropship_flag"):
        raise Refusal(DESIGNATED, "must be shipped through the designated party")
    units = Counter[tuple[str, str]]()
    for row in (row for parcel in parcels for row in parcel["product_infos"]):
        units[str(row["product_id"]), str(row["sku_id"])] += row["product_cnt"]
    for key, count in units.items():
        if count > order.left(*key):
            raise Refusal(ask.switch("state_code"), f"{count} of sku {key[1]} where {order.left(*key)} are left")
    try:
        ship(ask.market, order, parcels)
    except Illegal as illegal:
        raise Refusal(ask.switch("state_code"), str(illegal)) from illegal
    return {}


def _parcel(ask: Ask, row: Any, *, goods: bool = True) -> Doc:
    """One of delivery_list, complete; `goods` wants product_infos."""
    inner = ask.of(row, "delivery_list")
    kind = inner.number("deliver_type", EXPRESS)
    if kind not in (EXPRESS, VIRTUAL):
        raise ask.bad("deliver_type")
    told = {"delivery_id": "", "waybill_id": "", "deliver_type": kind}
    if kind == EXPRESS:
        told |= {"delivery_id": inner.text("delivery_id"), "waybill_id": inner.text("waybill_id")}
        if told["delivery_id"] not in CARRIERS:
            raise ask.bad("delivery_id, see deliverycompanylist")
    rows = inner.rows("product_infos") if goods or "product_infos" in inner.params else []
    return {**told, "product_infos": [_units(inner, row) for row in rows]}


def _units(ask: Ask, row: Any) -> Doc:
    inner = ask.of(row, "product_infos")
    count = inner.number("product_cnt")
    if count < 1:
        raise ask.bad("product_cnt")
    ids = {name: inner.id(name) for name in ("product_id", "sku_id")}
    if not all(value.isascii() and value.isdigit() for value in ids.values()):
        raise ask.bad("product_id or sku_id")
    return {**{name: int(value) for name, value in ids.items()}, "product_cnt": count}


def update(ask: Ask) -> Doc:
    """order/deliveryinfo/update: the whole list anew, or single parcels old to new; only of what was sent."""
    order = ask.order()
    if order.status not in (PART_SHIPPED, SHIPPED):
        raise Refusal(ask.switch("state_code"), f"not in status {order.status}")
    if "change_infos" in ask.params:
        pairs = [_pair(ask, order, row) for row in ask.rows("change_infos")]
        for old, new in pairs:
            correct(ask.market, order, old, new)
        return {}
    parcels = [_parcel(ask, row) for row in ask.rows("delivery_list")]
    if _content(parcels) != _content(order.parcels):
        raise ask.bad("delivery_list, other units than those that were sent")
    at = order.parcels[0]["delivery_time"]
    order.delivery["delivery_product_info"] = [parcel_row(parcel, at) for parcel in parcels]
    ask.market.touch(order)
    return {}


def _pair(ask: Ask, order: Order, row: Any) -> tuple[Doc, Doc]:
    inner = ask.of(row, "change_infos")
    old, new = inner.of(inner.params.get("old"), "old"), _parcel(ask, inner.params.get("new"), goods=False)
    number, company = old.text("waybill_id"), old.params.get("delivery_id")
    for parcel in order.parcels:
        if parcel["waybill_id"] == number and company in (None, parcel["delivery_id"]):
            return parcel, new
    raise ask.bad("old, no such parcel")


def _content(parcels: list[Doc]) -> Counter[tuple[str, str]]:
    units = Counter[tuple[str, str]]()
    for row in (row for parcel in parcels for row in parcel["product_infos"]):
        units[str(row["product_id"]), str(row["sku_id"])] += int(row["product_cnt"])
    return units
