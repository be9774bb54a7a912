"""Suning payloads to canonical orders: finding the orders, decoding each by itself. Pure; imports `kit`, `models`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.suning.meaning import ACTIVITIES
from orderhub.connectors.suning.spec import (
    LINE_STATUS,
    NO_RESULT,
    RESERVE,
    RETURN_FLAG,
    SHIPPED_BY,
    SOURCE,
    STATUS,
)
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.convert import rows_of, shown_word
from orderhub.kit.decode import decode_page, id_at, lazy_extra, raw_of, unknown_word
from orderhub.kit.payload import decode_found, expect_object, lines_with_extra
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import with_lines
from orderhub.models.channel import Page
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import FulfilledBy, Severity

__all__ = ["decode_orders", "decode_payload", "find_documents"]

_MARKS = ("orderCode", "orderDetail", "orderTotalStatus")
_LISTS = ("orderQuery", "orderGet", "queryBatchorder", "queryOrders", "unpaidOrder", "historyOrderQuery")
_WRAPS = ("sn_responseContent", "sn_body", "sn_error", "sn_head")


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply, of the document inside, of one order or of a list of these."""
    return decode_found(payload, config, find_documents, decode_orders, _MARKS)


def find_documents(payload: Any) -> list[Any]:
    """The orders inside a payload, however it is wrapped; "no result" is none.

    Raises:
        DecodeError: It is an error reply, or nothing that may hold orders.
    """
    payload = expect_object(payload, "suning")
    content = payload.get("sn_responseContent", payload)
    if not isinstance(content, Mapping):
        raise DecodeError("sn_responseContent must be an object", platform="suning", path="sn_responseContent")
    if isinstance(failure := content.get("sn_error"), Mapping) and failure:
        if failure.get("error_code") == NO_RESULT:
            return []
        code = str(failure.get("error_code"))
        raise DecodeError(f"this is an error reply: {code}", platform="suning", path="sn_error", code=code)
    return _rows(content.get("sn_body") if "sn_body" in content else content)


def _rows(body: Any) -> list[Any]:
    """What stands under the business name; an empty page leaves it out or empty."""
    if not isinstance(body, Mapping):
        return rows_of(body)
    if any(name in body for name in _MARKS):
        return [body]
    inside = [name for name in body if name not in _WRAPS]
    named = [name for name in inside if name in _LISTS] or (inside if len(inside) == 1 else [])
    if named:
        return [row for name in named for row in rows_of(body[name])]
    return [body] if inside else []


def decode_orders(documents: list[Any], config: ShopConfig) -> Page[Order]:
    """Each order by itself; a bad one is quarantined with its reason."""
    line = config.tables["line"]
    table = with_lines(config.tables["order"], line, least=1)

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found = table.decode(document)
        raw, marks = raw_of(document, config), found.pop("_marks", set())
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        found["lines"] = lines_with_extra(found["lines"], line, raw, "orderDetail")
        found["shipments"] = [_by_setting(parcel, config) for parcel in found["shipments"]]
        if marks == {""} and config.settings["unmarked_lines"] == "merchant":
            found["fulfilled_by"] = FulfilledBy.MERCHANT
        order = make(Order, found, trusted=config.trusted)
        return order, [*_unknown(document, order), *_told(order, marks)]

    return decode_page(documents, one, platform=config.platform, id_of=id_at("orderCode"))


def _by_setting(parcel: dict[str, Any], config: ShopConfig) -> dict[str, Any]:
    """A company code that the host named itself is read by that name."""
    codes = {str(code).upper(): ours for ours, code in dict(config.settings["express_codes"]).items()}
    named = codes.get(str(parcel["carrier_name"]).upper())
    return {**parcel, "carrier": named} if named else parcel


def _told(order: Order, marks: set[str]) -> list[Finding]:
    """Who must ship is not one answer for the whole order, or no answer at all."""
    if order.fulfilled_by is not FulfilledBy.UNKNOWN or (len(marks) == 1 and "" not in marks):
        return []
    told = "no line says who ships" if marks == {""} else "lines disagree about who ships: ship the merchant's by line"
    return [Finding(
        code="fulfilled_by_unclear", severity=Severity.WARNING, message=told, platform=order.platform,
        order_id=order.order_id, path="orderDetail.fpsdeliveryflag",
    )]  # fmt: skip


def _unknown(document: Mapping[str, Any], order: Order) -> list[Finding]:
    """One finding per value that the documented enumerations do not list."""
    seen: list[tuple[str, Any, Any]] = [("orderTotalStatus", order.raw_status, STATUS.words)]
    told = []
    for number, row in enumerate(rows_of(document.get("orderDetail"))):
        at = f"orderDetail[{number}]"
        seen += [
            (f"{at}.orderLineStatus", row.get("orderLineStatus"), LINE_STATUS.words),
            (f"{at}.returnOrderFlag", row.get("returnOrderFlag"), RETURN_FLAG.words),
            (f"{at}.fpsdeliveryflag", row.get("fpsdeliveryflag"), SHIPPED_BY.words),
            (f"{at}.reservestatus", row.get("reservestatus"), RESERVE),
        ]
        activity = row.get("activitytype")
        if activity not in (None, "") and str(activity).zfill(2) not in ACTIVITIES:
            told.append(_new_activity(order, f"{at}.activitytype", str(activity)))
    return told + [
        unknown_word(order.platform, order.order_id, path, str(raw), SOURCE)
        for path, raw, words in seen
        if raw not in (None, "") and str(raw) not in words
    ]


def _new_activity(order: Order, path: str, raw: str) -> Finding:
    """A kind of promotion says nothing about shipping: the order's own status does."""
    return Finding(
        code="unknown_value", severity=Severity.INFO, platform=order.platform, order_id=order.order_id, path=path,
        value=shown_word(raw), message=f"{path} has a value that {SOURCE} does not list; read as an ordinary line",
    )  # fmt: skip
