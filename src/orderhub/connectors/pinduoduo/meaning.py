"""What a Pinduoduo order means in canonical words: statuses, holds, lines, labels. Pure; imports `kit`, `models`.

Money stands in `money.py`, people and parcels in `people.py`. Source: docs/platforms/pinduoduo.md#status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.pinduoduo.convert import code
from orderhub.connectors.pinduoduo.spec import (
    AFTERSALE,
    AFTERSALE_OPEN,
    DEPOT,
    FLAG_HOLDS,
    FLAGS,
    REFUND_OPEN,
    REFUND_STATUS,
    STATUS,
)
from orderhub.kit.carriers import carrier_of
from orderhub.kit.convert import rows_of, text
from orderhub.kit.table import read
from orderhub.models.status import AftersaleStatus, FulfilledBy, FulfilmentStatus, Hold, OrderStatus

__all__ = ["STEPS", "all_lines", "flag", "labels", "line_words", "statuses", "step_of", "strange_words", "tags"]

Document = Mapping[str, Any]
Found = dict[str, Any]
STEPS = frozenset({"0", "1", "2"})
"""step_trade_status of a deposit order: nothing, the deposit, everything was paid."""
_WAITING = frozenset({OrderStatus.PENDING_PAYMENT, OrderStatus.AWAITING_SHIPMENT, OrderStatus.UNKNOWN})
_STAYS = frozenset({Hold.RISK_CONTROL, Hold.GROUP_NOT_FORMED})
_FULFILMENT: Mapping[OrderStatus, FulfilmentStatus] = {
    OrderStatus.UNKNOWN: FulfilmentStatus.UNKNOWN,
    OrderStatus.CANCELLED: FulfilmentStatus.CANCELLED,
    OrderStatus.SHIPPED: FulfilmentStatus.SHIPPED,
    OrderStatus.COMPLETED: FulfilmentStatus.DELIVERED,
}
_RELATIONS: Mapping[str, str] = {"3": "price_difference_of", "4": "gift_of"}
_SHIPPING_TYPES: Mapping[str, str] = {"1": "booked_delivery", "2": "one_hour_delivery", "3": "buyer_booked_delivery"}


def flag(document: Document, name: str) -> str | None:
    """A whole number that means something, as its digits; None when it is missing."""
    return read(document, name, code)  # type: ignore[no-any-return]


def step_of(document: Document) -> str | None:
    """The stage of a deposit order, None for ordinary ones; "" where a deposit order does not tell it."""
    if flag(document, "trade_type") != "1":
        return None
    found = document.get("step_order_info")
    return (flag(found, "step_trade_status") if isinstance(found, Mapping) else None) or ""


def tags(document: Document) -> list[str]:
    """Names of the order's tags that are set."""
    rows = [row for row in rows_of(document.get("order_tag_list")) if isinstance(row, Mapping)]
    return [str(row.get("name")) for row in rows if str(row.get("value")).lower() in ("1", "true")]


def all_lines(document: Document, found: Found) -> Found:
    """Goods, then gifts unless they ship on an order of their own; every line gets an id that is unique here."""
    lines = [{**line, "_place": ("item_list", number)} for number, line in enumerate(found["lines"])]
    if flag(document, "gift_order_status") not in ("0", "1"):
        lines += [{**gift, "_place": ("gift_list", number)} for number, gift in enumerate(found.get("_gifts", ()))]
    taken: dict[str, int] = {}
    for number, line in enumerate(lines):
        name = line["line_id"] or f"line-{number + 1}"
        taken[name] = taken.get(name, 0) + 1
        line["line_id"] = name if taken[name] == 1 else f"{name}#{taken[name]}"
    return {"lines": tuple(lines)}


def statuses(document: Document, found: Found) -> Found:
    """The summary word, the fulfilment and after-sale axes, the holds; lines share the order's words."""
    status = _status(document, found)
    aftersale = _aftersale(document)
    return {
        "status": status,
        "fulfilment_status": _FULFILMENT.get(status, FulfilmentStatus.UNFULFILLED),
        "aftersale_status": aftersale,
        "holds": frozenset(_holds(document, found, status, aftersale)),
        "fulfilled_by": _fulfilled_by(document),
        "is_cod": False,
        "currency": "CNY",
    }


def _status(document: Document, found: Found) -> OrderStatus:
    """First matching row of the table of states; a word that nobody knows stays unknown."""
    raw = found["raw_status"]
    confirmed, group = flag(document, "confirm_status"), flag(document, "group_status")
    if not STATUS.knows(raw):
        return OrderStatus.UNKNOWN
    if confirmed == "2" or group == "2":
        return OrderStatus.CANCELLED
    if raw == "1" and flag(document, "refund_status") == "4":
        return OrderStatus.CANCELLED
    waits_for_group = "0" in (confirmed, group) and found.get("paid_at") is None
    if raw == "1" and (step_of(document) in ("0", "1") or waits_for_group):
        return OrderStatus.PENDING_PAYMENT
    return STATUS(raw)


def _aftersale(document: Document) -> AftersaleStatus:
    """The detailed word; the coarse one where there is no case, or where it says more than a closed case."""
    detail, coarse = flag(document, "after_sales_status"), flag(document, "refund_status")
    word = AFTERSALE(detail) if detail is not None else AftersaleStatus.NONE
    if coarse is None:
        return AftersaleStatus.UNKNOWN if detail is None else word
    by_order = REFUND_STATUS(coarse)
    if by_order is AftersaleStatus.UNKNOWN or word in (AftersaleStatus.NONE, AftersaleStatus.CLOSED):
        return word if by_order is AftersaleStatus.NONE else by_order
    return word


def _holds(document: Document, found: Found, status: OrderStatus, aftersale: AftersaleStatus) -> set[Hold]:
    """Holds matter until the goods are received; an unknown word anywhere is a hold of its own.

    A case that was refunded while the order still waits is as open as one that is being looked at.
    """
    holds = {Hold.UNKNOWN_VALUE} if strange_words(document, found["raw_status"]) else set()
    if status not in _WAITING and status is not OrderStatus.SHIPPED:
        return holds
    told = {hold for (name, value), hold in FLAG_HOLDS.items() if flag(document, name) == value}
    if status is OrderStatus.SHIPPED:
        return holds | (told & _STAYS)
    if flag(document, "refund_status") in REFUND_OPEN or flag(document, "after_sales_status") in AFTERSALE_OPEN:
        told.add(Hold.REFUND_OPEN)
    if aftersale is AftersaleStatus.REFUNDED:
        told.add(Hold.REFUND_OPEN)
    if "ship_hold" in tags(document):
        told.add(Hold.PLATFORM_PAUSE)
    if (step := step_of(document)) in ("0", "1"):
        told |= {Hold.PRESALE, Hold.DEPOSIT_ONLY} if step == "1" else {Hold.PRESALE}
    return holds | told


def strange_words(document: Document, raw_status: str | None) -> list[tuple[str, str]]:
    """(wire path, value) of every word that the documented enumerations do not list."""
    seen = [("order_status", raw_status, STATUS.words.keys()),
            ("refund_status", flag(document, "refund_status"), REFUND_STATUS.words.keys()),
            ("after_sales_status", flag(document, "after_sales_status"), AFTERSALE.words.keys())]  # fmt: skip
    seen += [(name, flag(document, name), known) for name, known in FLAGS.items()]  # type: ignore[misc]
    seen.append(("step_order_info.step_trade_status", step_of(document) or None, STEPS))  # type: ignore[arg-type]
    seen.append(("order_depot_info.depot_type", _depot_type(document), DEPOT.keys()))
    return [(path, value) for path, value, known in seen if value is not None and value not in known]


def _depot_type(document: Document) -> str | None:
    depot = document.get("order_depot_info")
    return flag(depot, "depot_type") if isinstance(depot, Mapping) else None


def _fulfilled_by(document: Document) -> FulfilledBy:
    """The merchant, unless the order lies in a depot that others run."""
    depot = document.get("order_depot_info")
    if not isinstance(depot, Mapping) or not any(value not in (None, "", 0, "0", []) for value in depot.values()):
        return FulfilledBy.MERCHANT
    return DEPOT.get(_depot_type(document) or "", FulfilledBy.UNKNOWN)


def line_words(document: Document, found: Found) -> Found:
    """Orders tell one state for all their goods: it is every line's state."""
    status, gone = found["status"], (OrderStatus.SHIPPED, OrderStatus.COMPLETED)
    told = None if status is OrderStatus.UNKNOWN else 0
    for line in found["lines"]:
        line |= {
            "status": status, "raw_status": found["raw_status"], "aftersale_status": found["aftersale_status"],
            "shipped_quantity": line["quantity"] if status in gone else told,
        }  # fmt: skip
    return {}


def labels(document: Document, found: Found) -> Found:
    """Facts that rules ask for: the platform's tags, presale, carriers that the buyer refuses, related orders."""
    told = list(tags(document))
    if flag(document, "is_pre_sale") == "1" or flag(document, "trade_type") == "1":
        told.append("presale")
    if flag(document, "mkt_biz_type") == "1":
        told.append("internal_purchase")
    if (kind := _SHIPPING_TYPES.get(flag(document, "shipping_type") or "")) is not None:
        told.append(kind)
    for row in rows_of(document.get("express_memos")):
        if isinstance(row, Mapping) and flag(row, "scene") == "1" and (name := read(row, "tag", text)):
            told.append(f"carrier_not:{carrier_of(name) or carrier_of(name.removeprefix('不发')) or name}")
    for row in rows_of(document.get("related_order_list")):
        relation = _RELATIONS.get(flag(row, "relation_type") or "") if isinstance(row, Mapping) else None
        if relation and (other := read(row, "order_sn", text)):
            told.append(f"{relation}:{other}")
    return {"labels": tuple(dict.fromkeys(told))}
