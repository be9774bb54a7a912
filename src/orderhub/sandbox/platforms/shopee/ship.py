"""Shipping: what a channel wants to know, arranging, numbers. Source: docs/platforms/shopee.md#shipping."""

from __future__ import annotations

import re
from typing import Any

from orderhub.sandbox.platforms.shopee.ask import Ask, bad
from orderhub.sandbox.platforms.shopee.moves import Illegal, arrange
from orderhub.sandbox.platforms.shopee.orders import illegal
from orderhub.sandbox.platforms.shopee.state import Order
from orderhub.sandbox.platforms.shopee.wire import Doc, Refusal

__all__ = ["parameters", "ship", "ship_batch", "tracking", "tracking_events"]

WAYS = ("pickup", "dropoff", "non_integrated")
BATCH_MAX = 50
_NUMBER = re.compile(r"[A-Za-z0-9-]{4,50}")
_HOUR = 3600


def _package(ask: Ask, order: Order, number: str) -> Doc:
    """The package named; an order with one package need not name it."""
    if not number and len(order.packages) > 1:
        raise bad("package_number is required: the order has several packages")
    package = order.package(number) if number else order.packages[0]
    if package is None:
        raise ask.missing("package_number")
    return package


def _places(ask: Ask) -> Doc:
    """Where couriers come, and when: three slots."""
    first = ask.market.stamp() // _HOUR * _HOUR
    slots = [
        {"date": first + hours * _HOUR, "time_text": "", "pickup_time_id": f"{first + hours * _HOUR}_1"}
        for hours in (4, 8, 24)
    ]
    number = 700 + int(ask.shop_id) % 100
    return {"address_list": [{"address_id": number, "address_flag": ["pickup_address"], "time_slot_list": slots}]}


def _branches(ask: Ask) -> Doc:
    return {"branch_list": [{"branch_id": 31, "city": "", "address": "1 Depot Road"}], "slug_list": []}


def parameters(ask: Ask) -> Doc:
    """logistics/get_shipping_parameter: ways that the channel takes, and the keys of each."""
    order = ask.its_order()
    package = _package(ask, order, ask.text("package_number"))
    if order.status != "READY_TO_SHIP" or package["logistics_status"] != "LOGISTICS_READY":
        raise illegal(Illegal(f"{order.status} ({package['logistics_status']})", "ship"))
    ways = order.channel(package).ways
    told: Doc = {"info_needed": {way: list(keys) for way, keys in ways.items()}}
    if "pickup" in ways:
        told["pickup"] = _places(ask)
    if "dropoff" in ways:
        told["dropoff"] = _branches(ask)
    return told


def _chosen(ask: Ask, order: Order, package: Doc, params: Doc) -> tuple[str, str]:
    """(way, number): exactly one way of the channel, with exactly the keys that it wants."""
    given = [way for way in WAYS if params.get(way) is not None]
    if len(given) != 1 or not isinstance(params[given[0]], dict):
        raise bad("exactly one of pickup, dropoff and non_integrated is taken")
    (way,), ways = given, order.channel(package).ways
    if way not in ways:
        raise bad(f"the channel takes {', '.join(ways)}")
    told: dict[str, Any] = {name: value for name, value in params[way].items() if value not in ("", None, 0)}
    if set(told) != set(ways[way]):
        raise bad(f"{way} wants {', '.join(ways[way]) or 'no keys'}")
    _known(ask, told)
    return way, str(told.get("tracking_number", ""))


def _known(ask: Ask, told: dict[str, Any]) -> None:
    place = _places(ask)["address_list"][0]
    slots = [slot["pickup_time_id"] for slot in place["time_slot_list"]]
    if str(told.get("address_id", place["address_id"])) != str(place["address_id"]):
        raise bad("address_id is unknown")
    if told.get("pickup_time_id", slots[0]) not in slots:
        raise bad("pickup_time_id is unknown")
    if str(told.get("branch_id", 31)) != "31":
        raise bad("branch_id is unknown")
    if not _NUMBER.fullmatch(str(told.get("tracking_number", "0000"))):
        raise bad("tracking_number is malformed")


def _ship(ask: Ask, order: Order, number: str, params: Doc) -> None:
    package = _package(ask, order, number)
    way, tracking_number = _chosen(ask, order, package, params)
    try:
        arrange(ask.market, order, package, way, tracking_number, ask.market.stamp())
    except Illegal as error:
        raise illegal(error) from None


def ship(ask: Ask) -> Doc:
    """logistics/ship_order: one package, once."""
    _ship(ask, ask.its_order(), ask.text("package_number"), ask.params)
    return {}


def ship_batch(ask: Ask) -> Doc:
    """logistics/batch_ship_order: several packages one way; each has its own result."""
    results = []
    for row in ask.rows("order_list", 1, BATCH_MAX):
        sn, number = str(row.get("order_sn", "")), str(row.get("package_number") or "")
        told = {"order_sn": sn, "package_number": number, "fail_error": "", "fail_message": ""}
        try:
            order = ask.order(sn)
            if order is None:
                raise ask.missing("order_sn")
            _ship(ask, order, number, ask.params)
        except Refusal as refusal:
            told |= {"fail_error": refusal.error, "fail_message": refusal.message}
        results.append(told)
    return {"result_list": results}


def tracking(ask: Ask) -> Doc:
    """logistics/get_tracking_number: empty until Shopee has it."""
    order = ask.its_order()
    package = _package(ask, order, ask.text("package_number"))
    parcel = order.parcels[package["package_number"]]
    if not parcel.tracking:
        raise bad("the package is not arranged yet")
    there = parcel.shown_from <= ask.market.stamp()
    return {"tracking_number": parcel.tracking if there else "", "hint": "" if there else "not ready, ask again later"}


def tracking_events(ask: Ask) -> Doc:
    """logistics/get_tracking_info: what happened to the package, newest first."""
    order = ask.its_order()
    package = _package(ask, order, ask.text("package_number"))
    events = order.parcels[package["package_number"]].events
    return {
        "order_sn": order.sn, "package_number": package["package_number"],
        "logistics_status": package["logistics_status"],
        "tracking_info": [
            {"update_time": at, "description": status.replace("_", " ").capitalize(), "logistics_status": status}
            for at, status in reversed(events)
        ],
    }  # fmt: skip
