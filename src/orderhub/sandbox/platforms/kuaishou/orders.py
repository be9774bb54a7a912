"""Orders read, and what the shop writes onto them but parcels. Source: docs/platforms/kuaishou.md, orders."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from orderhub.sandbox.people import PLACES
from orderhub.sandbox.platforms.kuaishou.ask import Ask
from orderhub.sandbox.platforms.kuaishou.moves import cancel
from orderhub.sandbox.platforms.kuaishou.privacy import hide, open_address_id
from orderhub.sandbox.platforms.kuaishou.spec import (
    AGE_MAX,
    HISTORY,
    NOTE_MAX,
    NOTES_MAX,
    PAID,
    SPAN,
    UNKNOWN_STATUS,
    UNPAID,
    VIEW_STATUS,
)
from orderhub.sandbox.platforms.kuaishou.state import Doc, Order
from orderhub.sandbox.platforms.kuaishou.wire import Refusal, millis

__all__ = ["NOMORE", "address_approve", "address_reject", "address_update", "close", "detail", "districts", "fee",
           "listed", "note", "page_of"]  # fmt: skip

NOMORE = "nomore"
NOT_LISTED = ("orderFlag", "orderCustomizedInfo", "addressUpdateAuditInfo")
FLAGS = range(7)
WRONG_STATE = 3615
REGIONS = ("province", "city", "district", "town")


def _place(ask: Ask, cursor: str, low: int, high: int) -> tuple[int, str]:
    """Where a page starts: the row before it, as the cursor tells."""
    at, _, key = cursor.partition("_")
    if not (at.isascii() and at.isdigit() and key and low <= int(at) <= high):
        raise ask.wrong("cursor")
    return int(at), key


def page_of(
    ask: Ask, axis: str, window: tuple[int, int], size: int, cursor: str, newest: bool, keep: Callable[[str], bool]
) -> tuple[list[str], str]:
    """(keys of a page, cursor to the next); the page starts after the last row that was seen."""
    index, (begin, end) = ask.market.index(ask.shop_id, axis), window
    served = (ask.shop_id, ask.method)
    if ask.fault("repeated_page"):
        cursor = ask.market.served.get(served, "")
    ask.market.served[served] = cursor
    low, high = (begin - 1, "\U0010ffff"), (end + 1, "")
    if cursor and newest:
        high = _place(ask, cursor, begin, end)
    elif cursor:
        low = _place(ask, cursor, begin, end)
    rows = index.between(low, high)
    found = list(islice((row for row in (reversed(rows) if newest else rows) if keep(row[1])), size + 1))
    more = len(found) > size
    return [key for _, key in found[:size]], "{}_{}".format(*found[size - 1]) if more else NOMORE


def _shift(ask: Ask, axis: str, window: tuple[int, int]) -> None:
    """The oldest order of the window changes now."""
    if found := ask.market.window(ask.shop_id, axis, *window):
        ask.market.touch(ask.market.orders[found[0]])


def listed(ask: Ask) -> Any:
    """open.order.cursor.list."""
    wanted = VIEW_STATUS[ask.one_of("orderViewStatus", VIEW_STATUS)]
    size, newest = ask.number("pageSize"), ask.one_of("sort", (1, 2), 1) == 1
    axis = {1: "created", 2: "changed"}[ask.one_of("queryType", (1, 2), 1)]
    if not 1 <= size <= 50:
        raise ask.wrong("pageSize: 1-50")
    window, cps = ask.window(SPAN, HISTORY), ask.one_of("cpsType", (0, 1, 2), 0)
    if ask.fault("shifting_pages"):
        _shift(ask, axis, window)
    orders, stamp = ask.market.orders, ask.market.stamp()
    oldest = millis(ask.market.now() - AGE_MAX) if axis == "changed" else 0

    def keep(oid: str) -> bool:
        order = orders[oid]
        base = order.base
        return (
            (wanted is None or base["status"] in wanted) and order.shown_from <= stamp
            and base["createTime"] >= oldest and (not cps or base["cpsType"] + 1 == cps)
        )  # fmt: skip

    keys, cursor = page_of(ask, axis, window, size, ask.text("cursor"), newest, keep)
    rows = _spoilt(ask, [_row(orders[key]) for key in keys])
    return {"pageSize": size, "beginTime": window[0], "endTime": window[1], "cursor": cursor, "orderList": rows}


def _row(order: Order) -> Doc:
    return {name: value for name, value in order.doc.items() if name not in NOT_LISTED}


def _spoilt(ask: Ask, rows: list[Doc]) -> list[Doc]:
    """The faults that touch content: an unknown status on one row, drifted fields on all."""
    if ask.fault("unknown_status") and rows:
        rows[0] = {**rows[0], "orderBaseInfo": {**rows[0]["orderBaseInfo"], "status": UNKNOWN_STATUS}}
    if ask.fault("drifted_field"):
        rows = [_drifted(row) for row in rows]
    return rows


def _drifted(row: Doc) -> Doc:
    """Amounts as texts where numbers are documented, and a field that no document knows."""
    base = {name: str(value) if name.endswith("Fee") else value for name, value in row["orderBaseInfo"].items()}
    return {**row, "orderBaseInfo": base, "orderTraitCode": "A1"}


def detail(ask: Ask) -> Any:
    """open.order.detail."""
    return _spoilt(ask, [ask.order().doc])[0]


def fee(ask: Ask) -> Any:
    """open.seller.order.fee.detail: the amounts of an order (under the names that the order has them)."""
    base = ask.order("orderId").base
    return {name: base[name] for name in (
        "oid", "totalFee", "discountFee", "expressFee", "allowanceExpressFee", "payChannelDiscount",
        "governmentDiscount",
    )}  # fmt: skip


def note(ask: Ask) -> Any:
    """open.seller.order.note.add: appends; the flag stands for the whole order."""
    order, text, flag = ask.order("orderId"), ask.text("note", needed=True), ask.one_of("flag", FLAGS, 0)
    rows: list[Doc] = order.doc["orderNote"]["orderNoteInfo"]
    if len(text) > NOTE_MAX or len(rows) >= NOTES_MAX:
        raise ask.wrong(f"note: {NOTE_MAX}, {NOTES_MAX}")
    row = {"createTime": ask.market.stamp(), "note": text, "flagTagCode": flag, "operatorName": "店主"}
    rows.append(row)
    order.doc["orderFlag"] = {"flag": [flag] if flag else []}
    ask.market.touch(order)
    ask.market.heard(order, "kwaishop_order_addNote", {"oid": order.base["oid"]})
    return True


def close(ask: Ask) -> Any:
    """open.seller.order.close: unpaid orders only."""
    order = ask.order("orderId")
    if order.base["status"] != UNPAID:
        raise Refusal(WRONG_STATE, "订单状态不允许关闭")
    cancel(ask.market, order)
    return True


def take_address(ask: Ask, order: Order, fresh: Doc) -> None:
    """The order goes to another receiver: every ciphertext is new."""
    order.receiver = {**order.receiver, **fresh}
    order.doc["orderAddress"] = hide(ask.market, order.oid, order.receiver)
    order.delivery["openAddressId"] = open_address_id(order.receiver)
    ask.market.touch(order)


def address_update(ask: Ask) -> Any:
    """open.order.address.update: before anything was sent; regions travel together with the address."""
    order, partial = ask.order("orderId"), ask.params.get("isPartialUpdate", False)
    if not isinstance(partial, bool):
        raise ask.wrong("isPartialUpdate")
    if order.base["status"] != PAID:
        raise Refusal(WRONG_STATE, "订单状态不允许修改地址")
    names = {"name": "consignee", "mobile": "mobile", "address": "address", **{name: name for name in REGIONS}}
    fresh: Doc = {mine: ask.text(wire) for mine, wire in names.items() if ask.text(wire)}
    fresh |= {f"{name}Code": ask.number(f"{name}Code") for name in REGIONS if name in fresh}
    needed = {"name", "mobile"} if not partial else set()
    if not partial or set(fresh) & {"address", *REGIONS}:
        needed |= {"address", "province", "city", "district"}
    if not fresh or needed - set(fresh):
        raise ask.wrong(",".join(sorted(names[name] for name in needed - set(fresh))) or "consignee")
    take_address(ask, order, fresh)
    return True


def _audited(ask: Ask, status: int) -> Order:
    order = ask.order()
    audit: Doc = order.doc["addressUpdateAuditInfo"]
    if not audit or audit["auditStatus"] != 10 or order.wanted is None:
        raise Refusal(WRONG_STATE, "没有待审核的地址修改")
    audit.update(auditStatus=status, auditTime=ask.market.stamp())
    return order


def address_approve(ask: Ask) -> Any:
    """open.order.address.audit.approve: what the buyer asked for becomes the address."""
    order = _audited(ask, 20)
    take_address(ask, order, order.wanted or {})
    order.wanted = None
    return True


def address_reject(ask: Ask) -> Any:
    """open.order.address.audit.reject."""
    order = _audited(ask, 30)
    order.wanted = None
    ask.market.touch(order)
    return True


def districts(ask: Ask) -> Any:
    """open.address.district.list of 2021: the places that the sandbox's people live in (names of fields: ours)."""
    if ask.text("districtVersion") not in ("", "2021"):
        raise ask.wrong("districtVersion")
    return [
        {"provinceCode": number * 10_000, "province": place.province, "cityCode": number * 10_000 + 100,
         "city": place.city or place.province, "districtCode": number * 10_000 + 101, "district": place.district}
        for number, place in enumerate(PLACES, 11)
    ]  # fmt: skip
