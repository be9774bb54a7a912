"""Xiaohongshu payloads to canonical orders and cases, each decoded by itself. Pure; imports `kit`, `models`.

What the platform does not document is settled here, by settings of the shop: cancelStatus, the order's after-sale word,
gift tags, kinds of cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orderhub.connectors.xiaohongshu import wire
from orderhub.connectors.xiaohongshu.spec import CASE_KIND, CASE_STATUS, SOURCE, STATUS
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.convert import rows_of
from orderhub.kit.decode import decode_page, id_at, lazy_extra, raw_of, unknown_word, without_notes
from orderhub.kit.payload import decode_found, expect_object, lines_with_extra
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import with_lines
from orderhub.models.channel import Page
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.refund import Refund
from orderhub.models.status import AftersaleStatus, Hold, OrderStatus, RefundKind, Severity

__all__ = ["decode_orders", "decode_payload", "decode_refunds", "find_documents"]

_MARKS = ("skuList", "orderStatus")
_ENDED = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED})
_OPEN = frozenset({AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS})
_BEFORE = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED, OrderStatus.UNKNOWN})


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply, of the document inside, of one order or of a list of these."""
    return decode_found(payload, config, find_documents, decode_orders, _MARKS)


def find_documents(payload: Any) -> list[Any]:
    """The orders inside a payload, however it is wrapped. Rows of the order list name orders and are none.

    Raises:
        DecodeError: It is an error reply, or nothing that may hold orders.
    """
    payload = expect_object(payload, "xiaohongshu")
    if any(name in payload for name in _MARKS):
        return [payload]
    if wire.is_no(payload):
        code = wire.code_of(payload)
        raise DecodeError(f"this is an error reply: {code[:16]}", platform="xiaohongshu", path="error_code", code=code)
    if "orderList" in payload:
        return [row for row in rows_of(payload["orderList"]) if not _is_name(row)]
    if "data" in payload:
        inner = payload["data"]
        return inner if isinstance(inner, list) else find_documents(inner) if inner else []
    return [payload] if payload.get("orderId") else []


def _is_name(row: Any) -> bool:
    """Whether a row of the order list only names an order."""
    return isinstance(row, Mapping) and bool(row.get("orderId")) and "skuList" not in row


def decode_orders(documents: Iterable[Any], config: ShopConfig) -> Page[Order]:
    """Each order by itself; a bad one is quarantined with its reason."""
    line = config.tables["line"]
    table = with_lines(config.tables["order"], line, least=1)

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found, raw = table.decode(document), raw_of(document, config)
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        told = _settle(found, config)
        found["shipments"] = [_by_setting(parcel, config) for parcel in found["shipments"]]
        shared = found.pop("_shared", False)
        found["lines"] = lines_with_extra(found["lines"], line, raw, "skuList")
        order = make(Order, without_notes(found), trusted=config.trusted)
        told += [("orderStatus", order.raw_status or "")] if not STATUS.knows(order.raw_status) else []
        return order, [
            *(unknown_word(config.platform, order.order_id, path, raw_word, SOURCE) for path, raw_word in told),
            *([_shared_out(order)] if shared else []),
        ]  # fmt: skip

    return decode_page(documents, one, platform=config.platform, id_of=id_at("orderId"))


def _by_setting(parcel: dict[str, Any], config: ShopConfig) -> dict[str, Any]:
    """A company code that the host named itself is read by that name."""
    codes = {str(code): ours for ours, code in dict(config.settings["express_codes"]).items()}
    named = codes.get(str(parcel["carrier_name"]))
    return {**parcel, "carrier": named} if named else parcel


def _settle(found: dict[str, Any], config: ShopConfig) -> list[tuple[str, str]]:
    """What settings say of an order; answers the (path, value) pairs that none names."""
    settings, status, holds, strange = config.settings, found["status"], set(found["holds"]), []
    cancel = found.get("_cancel") or "0"
    if cancel not in map(str, settings["cancel_quiet"]) and status not in _ENDED:
        holds.add(Hold.BUYER_CANCEL_REQUESTED)
    case = _case_word(found, settings["aftersale_words"])
    if case is AftersaleStatus.UNKNOWN:
        strange.append(("orderAfterSalesStatus", str(found.get("_cases"))))
        holds |= {Hold.UNKNOWN_VALUE} if status in _BEFORE else set()
    elif case in _OPEN and status in _BEFORE:
        holds.add(Hold.REFUND_OPEN)
    found |= {"holds": frozenset(holds), "aftersale_status": case}
    quiet = case is AftersaleStatus.NONE
    if not quiet and case is not AftersaleStatus.REQUESTED:
        found["refunded"] = None if found["refunded"] == 0 and found["payment_status"] == "paid" else found["refunded"]
    tags = {str(tag) for tag in settings["gift_tags"]}
    for line in found["lines"]:
        line["is_gift"] = line.get("_tag") in tags
        line["aftersale_status"] = case if quiet or len(found["lines"]) == 1 else AftersaleStatus.UNKNOWN
        line |= {"refunded": found["refunded"], "refunded_quantity": 0} if found["refunded"] == 0 else {}
    return strange


def _case_word(found: Mapping[str, Any], words: Mapping[Any, Any]) -> AftersaleStatus:
    """The order's after-sale word: by its status where that tells, else as the setting names the value."""
    if found["raw_status"] == "10":
        return AftersaleStatus.REQUESTED
    named = {str(value): word for value, word in words.items()}
    told = named.get(found.get("_cases") or "0")
    known = {word.value for word in AftersaleStatus}
    return AftersaleStatus(told) if told in known else AftersaleStatus.UNKNOWN


def _shared_out(order: Order) -> Finding:
    return Finding(
        code="discount_apportioned", severity=Severity.INFO, platform=order.platform, order_id=order.order_id,
        path="skuList", message="lines do not tell their part of a reduction or a changed price: it was shared out",
    )  # fmt: skip


def decode_refunds(documents: Iterable[Any], config: ShopConfig) -> Page[Refund]:
    """Each case by itself."""
    table = config.tables["refund"]
    kinds = {str(value): kind for value, kind in config.settings["return_kinds"].items()}
    known = {kind.value for kind in RefundKind}

    def one(document: Mapping[str, Any]) -> tuple[Refund, list[Finding]]:
        found, raw = table.decode(document), raw_of(document, config)
        kind = found.pop("_type", None) or ""
        found |= {
            "platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw),
            "kind": RefundKind(kinds[kind]) if kinds.get(kind) in known else CASE_KIND(kind),
        }  # fmt: skip
        refund = Refund.model_validate(found)
        told = [
            ("status", refund.raw_status or "", CASE_STATUS.words),
            ("returnType", kind, {*CASE_KIND.words, *kinds}),
        ]
        return refund, [
            unknown_word(config.platform, refund.order_id, path, word, SOURCE)
            for path, word, listed in told if word and word not in listed
        ]  # fmt: skip

    return decode_page(documents, one, platform=config.platform, id_of=id_at("orderId"))
