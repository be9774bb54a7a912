"""Order calls: lists, details, notes, cancellations, packages. Source: docs/platforms/shopee.md#sync."""

from __future__ import annotations

from typing import Any

from orderhub.sandbox.platforms.shopee.ask import Ask, bad, whole
from orderhub.sandbox.platforms.shopee.moves import Illegal, answer_cancel, cancel, cancel_units, pack
from orderhub.sandbox.platforms.shopee.seed import rows_of
from orderhub.sandbox.platforms.shopee.spec import ALWAYS, CANCEL_REASONS, LIST_STATUS, OPTIONAL
from orderhub.sandbox.platforms.shopee.state import AXES, Order
from orderhub.sandbox.platforms.shopee.wire import Doc, Refusal

__all__ = [
    "answer_buyer", "cancel_order", "detail", "illegal", "listed", "packages", "set_note", "split", "unsplit",
]  # fmt: skip

PAGE_MAX, DETAILS_MAX, NOTE_MAX = 100, 50, 500
NEW_STATUS = "ON_CUSTOMS_HOLD"
_ADDRESS = ("name", "phone", "town", "district", "city", "zipcode", "full_address")


def illegal(error: Illegal) -> Refusal:
    """The state forbids it."""
    return bad(str(error))


def _status(ask: Ask, order: Order) -> str:
    if order.status == "PENDING" and not ask.flag("request_order_status_pending"):
        return str(ask.market.switch("pending_unasked"))
    return order.status


def listed(ask: Ask) -> Doc:
    """order/get_order_list: numbers, by creation or change; the status when it is asked for."""
    axis = ask.needed("time_range_field")
    if axis not in AXES:
        raise bad("time_range_field is create_time or update_time")
    start, end = ask.window("time_from", "time_to")
    size, wanted = ask.number("page_size", 1, PAGE_MAX), ask.text("order_status")
    if wanted and wanted not in LIST_STATUS:
        raise bad("order_status is unknown")
    last = ask.page_start(_cursor(ask.text("cursor")))
    index, bounds = ask.market.index(ask.shop_id, axis), (max((start, ""), last or (0, "")), (end + 1, ""))
    ask.shaken([sn for _, sn in index.between(*bounds)])
    found: list[tuple[int, Order]] = []
    for at, sn in index.between(*bounds):
        order = ask.order(sn)
        if order is not None and wanted in ("", _status(ask, order)):
            found.append((at, order))
            if len(found) > size:
                break
    rows = [_row(ask, order) for _, order in found[:size]]
    if ask.fault("unknown_status") and rows and "order_status" in rows[0]:
        rows[0]["order_status"] = NEW_STATUS
    more = len(found) > size
    cursor = f"{found[size - 1][0]}_{found[size - 1][1].sn}" if more else ""
    return {"more": more, "next_cursor": cursor, "order_list": rows}


def _cursor(text: str) -> tuple[int, str] | None:
    at, bar, sn = text.partition("_")
    if text and not (bar and at.isdigit()):
        raise bad("cursor is not one of ours")
    return (int(at), sn) if text else None


def _row(ask: Ask, order: Order) -> Doc:
    told = {"order_status": _status(ask, order)} if "order_status" in ask.listed("response_optional_fields") else {}
    booking = {"booking_sn": order.doc["booking_sn"]} if order.doc["booking_sn"] else {}
    return {"order_sn": order.sn, **told, **booking}


def detail(ask: Ask) -> Doc:
    """order/get_order_detail: orders of this shop among those named; optional fields by name alone."""
    numbers = ask.listed("order_sn_list")
    if not 0 < len(numbers) <= DETAILS_MAX:
        raise bad(f"order_sn_list takes 1 to {DETAILS_MAX} numbers")
    wanted = ask.listed("response_optional_fields")
    rows = [shown(ask, order, wanted) for sn in dict.fromkeys(numbers) if (order := ask.order(sn)) is not None]
    if ask.fault("unknown_status") and rows:
        rows[0]["order_status"] = NEW_STATUS
    if ask.fault("drifted_field"):
        rows = [{**row, "days_to_ship": str(row["days_to_ship"]), "order_trait": "A1"} for row in rows]
    return {"order_list": rows}


def shown(ask: Ask, order: Order, wanted: list[str]) -> Doc:
    """The document with what was asked for."""
    doc = order.doc
    told = {name: doc[name] for name in ALWAYS if doc.get(name) not in ("", None) or name == "message_to_seller"}
    told["order_status"] = _status(ask, order)
    if not ask.flag("request_order_status_pending"):
        del told["pending_terms"]
    told |= {name: doc[name] for name in OPTIONAL if name in wanted and name in doc}
    if "recipient_address" in told and (order.masked or ask.market.switch("masked_addresses")):
        told["recipient_address"] = {**doc["recipient_address"], **dict.fromkeys(_ADDRESS, "****")}
    return told


def set_note(ask: Ask) -> Doc:
    """order/set_note: the shop's own words, replaced whole."""
    order, note = ask.its_order(), ask.text("note")
    if len(note) > NOTE_MAX:
        raise bad(f"note is longer than {NOTE_MAX} characters")
    order.doc |= {"note": note, "note_update_time": ask.market.stamp()}
    ask.market.touch(order, code=0)
    return {}


def cancel_order(ask: Ask) -> Doc:
    """order/cancel_order: whole, or some units; out of stock needs to know of what."""
    order, reason = ask.its_order(), ask.needed("cancel_reason")
    if reason not in CANCEL_REASONS:
        raise bad("cancel_reason is unknown")
    items, units = ask.rows("item_list", 0, 100), ask.rows("partial_cancel_item_list", 0, 100)
    if reason == "OUT_OF_STOCK" and not (items or units):
        raise bad("item_list is required for OUT_OF_STOCK")
    lines = [(_line(ask, order, row), row) for row in (*items, *units)]
    if reason == "COD_NOT_SUPPORTED" and not order.doc["cod"]:
        raise bad("the order is not paid on delivery")
    try:
        if units:
            for line, row in lines[len(items) :]:
                cancel_units(
                    ask.market, order, line, whole(row.get("model_quantity"), "model_quantity", 1, 10**6),
                    ask.market.stamp(),
                )  # fmt: skip
            if not any(line["active_qty"] for line in order.items):
                cancel(ask.market, order, "seller", reason, ask.market.stamp())
        else:
            cancel(ask.market, order, "seller", reason, ask.market.stamp())
    except Illegal as error:
        raise illegal(error) from None
    return {"update_time": order.doc["update_time"]}


def _line(ask: Ask, order: Order, row: Doc) -> Doc:
    for line in order.items:
        if (str(row.get("item_id")), str(row.get("model_id", 0))) == (str(line["item_id"]), str(line["model_id"])):
            return line
    raise ask.missing("item_id")


def answer_buyer(ask: Ask) -> Doc:
    """order/handle_buyer_cancellation."""
    order, operation = ask.its_order(), ask.needed("operation")
    if operation not in ("ACCEPT", "REJECT"):
        raise bad("operation is ACCEPT or REJECT")
    try:
        answer_cancel(ask.market, order, operation == "ACCEPT", ask.market.stamp())
    except Illegal as error:
        raise illegal(error) from None
    return {"update_time": order.doc["update_time"]}


def _untouched(order: Order) -> None:
    waiting = all(one["logistics_status"] == "LOGISTICS_READY" for one in order.packages)
    if order.status != "READY_TO_SHIP" or not waiting:
        raise bad(f"the packages cannot be changed in status {order.status}")


def _key(row: Doc) -> tuple[str, str]:
    return str(row.get("item_id")), str(row.get("model_id", 0))


def split(ask: Ask) -> Doc:
    """order/split_order: every unit in exactly one package, before anything is arranged."""
    order = ask.its_order()
    _untouched(order)
    if len(order.packages) > 1:
        raise bad("the order is split already")
    left = {_key(row): int(row["model_quantity"]) for row in rows_of(order.items)}
    known = {_key(row): row for row in rows_of(order.items)}
    groups: list[list[Doc]] = []
    for package in ask.rows("package_list", 2, 30):
        rows: list[Any] = package.get("item_list") or []
        if not rows or not all(isinstance(row, dict) and _key(row) in known for row in rows):
            raise bad("item_list names what is not in the order")
        groups.append([])
        for row in rows:
            count = whole(row.get("model_quantity", left[_key(row)]), "model_quantity", 1, 10**6)
            left[_key(row)] -= count
            groups[-1].append({**known[_key(row)], "model_quantity": count})
    if any(left.values()):
        raise bad("every unit must be in exactly one package")
    _repack(ask, order, groups)
    return {"order_sn": order.sn, "package_list": [
        {"package_number": one["package_number"], "item_list": one["item_list"]} for one in order.packages
    ]}  # fmt: skip


def _repack(ask: Ask, order: Order, groups: list[list[Doc]]) -> None:
    channel = order.channel(order.packages[0])
    pack(ask.market, order, groups, channel.number, channel.name)
    order.doc["split_up"] = len(groups) > 1
    ask.market.touch(order)


def unsplit(ask: Ask) -> Doc:
    """order/unsplit_order: one package again."""
    order = ask.its_order()
    _untouched(order)
    if len(order.packages) < 2:
        raise bad("the order is not split")
    _repack(ask, order, [rows_of(order.items)])
    return {}


def packages(ask: Ask) -> Doc:
    """order/search_package_list: 0 all, 1 pending, 2 to process, 3 processed; newest order last."""
    given, page = ask.params.get("filter") or {}, ask.params.get("pagination") or {}
    if not isinstance(given, dict) or not isinstance(page, dict):
        raise bad("filter or pagination is not an object")
    wanted = whole(given.get("package_status", 0), "package_status", 0, 3)
    size = whole(page.get("page_size"), "page_size", 1, PAGE_MAX)
    start = whole(page.get("cursor") or 0, "cursor", 0, 10**9)
    rows = [
        {
            "order_sn": order.sn, "package_number": one["package_number"],
            "logistics_channel_id": one["logistics_channel_id"],
            "is_shipment_arranged": one["logistics_status"] != "LOGISTICS_READY",
        }
        for order in ask.market.by_shop[ask.shop_id] if ask.order(order.sn) is not None
        for one in order.packages if wanted in (0, _package_state(order, one))
    ]  # fmt: skip
    more = start + size < len(rows)
    told = {"total_count": len(rows), "more": more, "next_cursor": str(start + size) if more else ""}
    return {"packages_list": rows[start : start + size], "pagination": told}


def _package_state(order: Order, package: Doc) -> int:
    """1 pending, 2 to process, 3 processed, 0 none of them."""
    if order.status in ("PENDING", "INVOICE_PENDING"):
        return 1
    if order.status not in ("READY_TO_SHIP", "PROCESSED"):
        return 0
    return 2 if package["logistics_status"] in ("LOGISTICS_READY", "LOGISTICS_PICKUP_RETRY") else 3
