"""Writes of the SP gateway: shipments, notes, addresses, stock. Source: docs/platforms/jd.md §6, §7."""

from __future__ import annotations

from collections.abc import Callable

from orderhub.sandbox.platforms.jd.ask import Ask
from orderhub.sandbox.platforms.jd.edits import put_remark, refused, renamed
from orderhub.sandbox.platforms.jd.moves import address, left, renumber, ship, ship_part, tell_parts
from orderhub.sandbox.platforms.jd.ship import Barred, barrier, parcels_of
from orderhub.sandbox.platforms.jd.state import Doc, Order
from orderhub.sandbox.platforms.jd.stock import batch
from orderhub.sandbox.platforms.jd.wire import Refusal

__all__ = ["note", "readdress", "reship_order", "restock", "ship_order"]

PACKAGES_MAX = 10


def _packages(ask: Ask) -> list[Doc]:
    """`packageInfoList`, inside `orderShipmentDTO` or bare: the sources name the object, not its place."""
    dto = ask.given["orderShipmentDTO"] if isinstance(ask.given.get("orderShipmentDTO"), dict) else ask.given
    return ask.rows("packageInfoList", dto, PACKAGES_MAX)


def _parcel(ask: Ask, row: Doc) -> Doc:
    number = row.get("waybillCode")
    return parcels_of(ask, str(row.get("companyId", "")), None if number is None else str(number))[0]


def _barred(handler: Callable[[Ask], None]) -> Callable[[Ask], tuple[object, None]]:
    """Refusals of the order service become those of this gateway."""

    def wrapped(ask: Ask) -> tuple[object, None]:
        try:
            handler(ask)
        except Barred as no:
            raise Refusal(no.code, no.text, no.code) from None
        return True, None

    wrapped.__doc__ = handler.__doc__
    return wrapped


@_barred
def ship_order(ask: Ask) -> None:
    """POST …/shipments: packages without goods are the whole order, packages with goods hold what they say."""
    order = barrier(ask, ask.order())
    rows = _packages(ask)
    parcels = [_parcel(ask, row) for row in rows]
    if not any(row.get("outboundGoodsFacetDTOList") for row in rows):
        if order.sent:
            raise Barred("10100021")
        ship(ask.market, order, parcels, ask.market.stamp())
        return
    rest = left(order)
    told = [{**parcel, "goods": _goods(order, rest, row)} for parcel, row in zip(parcels, rows, strict=True)]
    ship_part(ask.market, order, told, ask.market.stamp())


def _goods(order: Order, rest: dict[str, int], row: Doc) -> dict[str, int]:
    goods: dict[str, int] = {}
    listed = row.get("outboundGoodsFacetDTOList")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Barred("10100021")
    for one in listed:
        uuid, units = str(one.get("skuUuid", "")), one.get("skuNum")
        if not isinstance(units, int) or not 0 < units <= rest.get(uuid, 0):
            raise Barred("10100021")
        rest[uuid] -= units
        goods[uuid] = goods.get(uuid, 0) + units
    if not goods:
        raise Barred("10100021")
    return goods


@_barred
def reship_order(ask: Ask) -> None:
    """PUT …/shipments: other waybills; parcels of an order sent in parts by their shipmentId."""
    order, rows = ask.order(), _packages(ask)
    if order is None:
        raise Barred("10100041")
    parcels = [_parcel(ask, row) for row in rows]
    if order.whole and order.state == "WAIT_GOODS_RECEIVE_CONFIRM":
        renumber(ask.market, order, parcels)
        return
    known = {str(parcel["shipmentId"]): parcel for parcel in order.parcels}
    if order.whole or not known or any(str(row.get("shipmentId")) not in known for row in rows):
        raise Barred("10100021")
    for row, fresh in zip(rows, parcels, strict=True):
        ask.market.books.use(str(fresh["number"]))
        known[str(row["shipmentId"])] |= {**fresh, "changed": ask.market.stamp()}
    tell_parts(order)
    ask.market.touch(order)


@_barred
def note(ask: Ask) -> None:
    """PUT …/vender-remarks: text with flag or flagId."""
    order, text = ask.order(), ask.text("remark")
    flag = ask.whole("flagId" if ask.has("flagId") else "flag", 0)
    code, why = refused(order, text, flag)
    if code:
        raise Refusal(code, why, code)
    assert order is not None
    put_remark(ask.market, order, text, flag)


@_barred
def readdress(ask: Ask) -> None:
    """PUT …/consignees: as the classic call, once and within the city."""
    for name in ("customerName", "provinceId", "cityId", "countyId", "detailAddress"):
        ask.need(name)
    order = ask.order()
    code, fresh = renamed(order, dict(ask.given))
    if order is None or code:
        raise Refusal(code, "地址修改失败", code)
    order.moved = True
    address(ask.market, order, fresh)


def restock(ask: Ask) -> tuple[object, None]:
    """PUT /sp-product/v0/sku-stocks/batch: one result an item."""
    told, why = batch(ask, ask.given, "putSkuStockList")
    if why:
        raise Refusal("403", why, "check failed")
    return [{"skuId": int(row["data"]) if row["data"].isdigit() else row["data"], "storeId": row["storeId"],
             "success": row["success"], "message": row["message"]} for row in told], None  # fmt: skip
