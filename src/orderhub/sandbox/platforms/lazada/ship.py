"""Providers, pack, repack, ready to ship, labels, own fleet, cancelling. Source: docs/platforms/lazada.md#ship.

A call that was understood answers success; whether a row is good stands in the row.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from orderhub.sandbox.depot import Parcel
from orderhub.sandbox.platforms.lazada.ask import Ask
from orderhub.sandbox.platforms.lazada.moves import Illegal, move, pack
from orderhub.sandbox.platforms.lazada.spec import PROVIDERS
from orderhub.sandbox.platforms.lazada.state import Order, Unit
from orderhub.sandbox.platforms.lazada.wire import Refusal

__all__ = ["cancel", "document", "packed", "providers", "ready", "repacked", "sof_delivered"]

NOT_SELLERS, WRONG_STATE, NO_PACKAGE = "700009", "700012", "700021"
PACKAGES_MAX = 20


def _said(data: Any) -> dict[str, Any]:
    return {"result": {"success": "true", "error_code": "0", "error_msg": "", "data": data}}


def _rows(ask: Ask, name: str, field: str) -> list[dict[str, Any]]:
    found = ask.document(name)
    rows = found.get(field) if isinstance(found, dict) else None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ask.refusal("invalid_code", f"{name} must hold {field}")
    return rows


def _units(ask: Ask, order: Order, numbers: Any) -> list[Unit]:
    wanted = {str(number) for number in numbers} if isinstance(numbers, list) else set()
    units = [unit for unit in order.units if unit.number in wanted]
    if not wanted or len(units) != len(wanted):
        raise ask.refusal("invalid_code", f"order_item_list of {order.number}")
    return units


def providers(ask: Ask) -> dict[str, Any]:
    """/order/shipment/providers/get: who may take these units."""
    for row in _rows(ask, "getShipmentProvidersReq", "orders"):
        _units(ask, ask.order(str(row.get("order_id"))), row.get("order_item_ids"))
    rows = [{"provider_code": code, "provider_name": name} for code, name in PROVIDERS.items()]
    return _said({"shipment_providers": rows, "platform_default": "LEX", "shipping_allocate_type": "TFS"})


def packed(ask: Ask) -> dict[str, Any]:
    """/order/fulfill/pack: each row of an order becomes one package with a number of the platform's."""
    told = ask.document("packReq")
    code = str(told.get("shipment_provider_code", "LEX")) if isinstance(told, dict) else ""
    if code not in PROVIDERS or told.get("delivery_type", "dropship") != "dropship":
        raise ask.refusal("invalid_code", "shipment_provider_code or delivery_type")
    done = []
    for row in _rows(ask, "packReq", "pack_order_list"):
        order = ask.order(str(row.get("order_id")))
        units = _units(ask, order, row.get("order_item_list"))
        done.append({"order_id": order.number, "order_item_list": _pack(ask, order, units, code)})
    return _said({"pack_order_list": done})


def _pack(ask: Ask, order: Order, units: list[Unit], code: str) -> list[dict[str, Any]]:
    foreign = any(unit.doc["is_fbl"] == "1" for unit in units)
    again = all(unit.doc["package_id"] for unit in units)
    try:
        if not foreign and not again:
            pack(ask.market, order, units, code)
            _hand_over(ask, order, units[0], code)
    except Illegal as illegal:
        return [_bad(unit, WRONG_STATE, str(illegal)) for unit in units]
    if foreign:
        return [_bad(unit, NOT_SELLERS, "not a seller-delivered order") for unit in units]
    return [
        {
            "order_item_id": unit.number, "package_id": unit.doc["package_id"], "msg": "success",
            "tracking_number": unit.doc["tracking_code"], "shipment_provider": unit.doc["shipment_provider"],
            "item_err_code": "0", "retry": "false",
        }
        for unit in units
    ]  # fmt: skip


def _hand_over(ask: Ask, order: Order, unit: Unit, code: str) -> None:
    """Whoever carries it hears of the number; the seller's own fleet is nobody's."""
    if code == "SOF":
        return
    place = order.doc["address_shipping"]
    ask.market.setup.depot.hand_over(Parcel(
        carrier=code.lower(), number=unit.doc["tracking_code"], shop_id=order.shop_id,
        reference=unit.doc["package_id"], cities=("", place["address4"]), phones=("", place["phone"]),
    ))  # fmt: skip


def _bad(unit: Unit, code: str, message: str) -> dict[str, Any]:
    return {"order_item_id": unit.number, "item_err_code": code, "msg": message, "retry": "false",
            "package_id": "", "tracking_number": ""}  # fmt: skip


def _packages(ask: Ask, name: str, act: Callable[[Order, list[Unit]], None]) -> dict[str, Any]:
    rows = _rows(ask, name, "packages")
    if len(rows) > PACKAGES_MAX:
        raise ask.refusal("invalid_code", f"at most {PACKAGES_MAX} packages")
    told = []
    for row in rows:
        package = str(row.get("package_id"))
        number, items = ask.market.packages.get(package, ("", []))
        order = ask.market.orders.get(number)
        code, message = "0", "success"
        if order is None or order.shop_id != ask.shop_id:
            code, message = NO_PACKAGE, "no such package"
        else:
            try:
                act(order, [unit for unit in order.units if unit.number in items])
            except Illegal as illegal:
                code, message = WRONG_STATE, str(illegal)
        told.append({"package_id": package, "item_err_code": code, "msg": message, "retry": "false"})
    return _said({"packages": told})


def ready(ask: Ask) -> dict[str, Any]:
    """/order/package/rts: packed packages may be picked up; the first scan follows by the switch `scanned`."""

    def act(order: Order, units: list[Unit]) -> None:
        if units and all(unit.status in ("ready_to_ship", "shipped") for unit in units):
            return
        move(ask.market, order, units, "rts")
        if ask.market.setup.switches["scanned"] == "at_once":
            move(ask.market, order, units, "scan")

    return _packages(ask, "readyToShipReq", act)


def repacked(ask: Ask) -> dict[str, Any]:
    """/order/package/repack: the package is undone; its units wait to be packed again."""

    def act(order: Order, units: list[Unit]) -> None:
        move(ask.market, order, units, "repack")
        for unit in units:
            unit.status = "pending"
            unit.doc |= {"package_id": "", "tracking_code": "", "shipment_provider": ""}

    return _packages(ask, "repackReq", act)


def sof_delivered(ask: Ask) -> dict[str, Any]:
    """/order/package/sof/delivered: only what the seller's own fleet carries."""

    def act(order: Order, units: list[Unit]) -> None:
        if any(unit.doc["shipping_provider_type"] != "SELLER_OWN_FLEET" for unit in units):
            raise Illegal("of another carrier", "delivery by the seller")
        move(ask.market, order, units, "deliver")

    return _packages(ask, "dbsDeliveryReq", act)


def document(ask: Ask) -> dict[str, Any]:
    """/order/package/document/get: a label, as base64 of a small page."""
    rows = _rows(ask, "getDocumentReq", "packages")
    names = [str(row.get("package_id")) for row in rows]
    if strange := [name for name in names if name not in ask.market.packages]:
        return {"result": {"success": "false", "error_code": NO_PACKAGE, "error_msg": strange[0], "data": {}}}
    page = "<html><body>" + "".join(f"<p>{name}</p>" for name in names) + "</body></html>"
    return _said({"doc_type": "HTML", "file": base64.b64encode(page.encode()).decode()})


def cancel(ask: Ask) -> dict[str, Any]:
    """/order/cancel: one unit that has not left, with a reason."""
    number = ask.need("order_item_id")
    ask.need("reason_id")
    for order in ask.market.orders.values():
        units = [unit for unit in order.units if unit.number == number]
        if not units or order.shop_id != ask.shop_id:
            continue
        try:
            move(ask.market, order, units, "cancel")
        except Illegal as illegal:
            raise Refusal(WRONG_STATE, str(illegal)) from None
        units[0].doc |= {"reason": ask.params["reason_id"], "reason_detail": ask.params.get("reason_detail", ""),
                         "cancel_return_initiator": "seller"}  # fmt: skip
        return {"data": {"success": "true"}}
    raise ask.refusal("absent_code", f"Invalid order item id {number}")
