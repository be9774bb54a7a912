"""JD payloads to canonical orders: finding the orders, decoding each by itself. Pure; imports `kit`, `models`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from orderhub.connectors.jd.convert import object_of, pick
from orderhub.connectors.jd.meaning import JD_SHIPMENT
from orderhub.connectors.jd.money import coupon_rows
from orderhub.connectors.jd.spec import COUPONS, SOURCE
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.convert import rows_of
from orderhub.kit.decode import decode_page, id_at, lazy_extra, raw_of, unknown_word
from orderhub.kit.payload import decode_any, expect_object, lines_with_extra
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import with_lines
from orderhub.models.channel import Page
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import FulfilledBy, Severity

__all__ = ["decode_orders", "decode_payload", "find_documents", "order_id_of"]

_MARKS = ("orderId", "orderState", "itemInfoList", "skuItemInfoList", "orderStatus")
_LISTS = ("orderInfoList", "orderInfo")
_DEPTH = 5
NOBODY_KNOWS = "UN_KNOWN"
order_id_of = id_at("orderId")
"""The order's number, where it can be read."""


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply of either gateway, of the document inside, of one order or of a list of these."""
    return decode_any(
        payload, config, lambda reply: decode_orders(find_documents(reply), config, _request_id(reply)),
        lambda order: decode_orders([order], config), _MARKS,
    )  # fmt: skip


def _request_id(payload: Any) -> str | None:
    found = payload.get("requestId") or object_of(payload.get("extension")).get("requestId")
    return str(found) if isinstance(found, str | int) and found else None


def find_documents(payload: Any) -> list[Any]:
    """The orders inside a payload, however it is wrapped.

    Raises:
        DecodeError: A refusal, or nothing in it looks like an order or a reply that may hold some.
    """
    payload = expect_object(payload, "jd")
    found = _search(payload, _DEPTH)
    if found is None:
        raise DecodeError("nothing in it looks like an order of JD", platform="jd")
    return found


def _search(item: Mapping[str, Any], depth: int) -> list[Any] | None:
    """Orders of this object or of what it wraps; an empty list for an empty page, None when it is something else."""
    _refuse(item)
    if any(name in item for name in _MARKS):
        return [item]
    for name in _LISTS:
        if name in item:
            return [_opened(row) for row in rows_of(item[name])] if item[name] is not None else []
    if "success" in item and "data" in item:  # the newer gateway
        return _data(item["data"], depth)
    for value in item.values() if depth else ():
        inner = _opened(value)
        if isinstance(inner, Mapping) and (found := _search(inner, depth - 1)) is not None:
            return found
    return [] if not item or _is_empty_page(item) else None


def _data(data: Any, depth: int) -> list[Any]:
    if isinstance(data, Mapping) and not any(name in data for name in _MARKS) and data:
        return _search(data, depth - 1) or rows_of(data)
    return [_opened(row) for row in rows_of(data)]


def _is_empty_page(item: Mapping[str, Any]) -> bool:
    return str(item.get("orderTotal")) == "0" or "apiResult" in item or "paginationData" in item


def _opened(value: Any) -> Any:
    return (object_of(value) or value) if isinstance(value, str) else value


def _refuse(item: Mapping[str, Any]) -> None:
    """A refusal is told as one: an error reply, a verdict that is no, or a code beside an error text."""
    failure = item.get("error_response")
    verdict = item.get("apiResult")
    code, path = "", ""
    if isinstance(failure, Mapping):
        code, path = str(failure.get("code")), "error_response"
    elif isinstance(verdict, Mapping) and str(verdict.get("success", "true")).lower() != "true":
        code, path = str(verdict.get("numberCode")), "apiResult.success"
    elif "errorMessage" in item and str(item.get("code", "0")) != "0":
        code, path = str(item["code"]), "code"
    elif str(item.get("success", "true")).lower() == "false" and "errorList" in item:
        rows = rows_of(item["errorList"])
        code, path = str(rows[0].get("code") if rows and isinstance(rows[0], Mapping) else ""), "errorList"
    if path:
        raise DecodeError(f"this is an error reply: code {code}", platform="jd", path=path, code=code)


def decode_orders(documents: list[Any], config: ShopConfig, request_id: str | None = None) -> Page[Order]:
    """Each order by itself; a bad one is quarantined with its reason."""
    line = config.tables["line"]
    table = with_lines(config.tables["order"], line, least=1)
    kept, left_out = _sorted_out(documents, config)

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found = table.decode(document)
        notes, odd, raw = found.pop("_notes", ()), found.pop("_odd", ()), raw_of(document, config)
        if found["fulfilled_by"] is FulfilledBy.UNKNOWN and str(pick(document, JD_SHIPMENT)).lower() in ("true", "1"):
            found["fulfilled_by"] = FulfilledBy(config.settings["sp_jd_shipment"])
        items = "itemInfoList" if document.get("itemInfoList") else "skuItemInfoList"
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        found["lines"] = lines_with_extra(found["lines"], line, raw, items)
        order = make(Order, found, trusted=config.trusted)
        return order, [*_unknown(document, order, odd), *(_note(order, note) for note in notes)]

    page = decode_page(kept, one, platform=config.platform, id_of=order_id_of, request_id=request_id)
    return dataclasses.replace(page, findings=page.findings + tuple(left_out))


def _sorted_out(documents: list[Any], config: ShopConfig) -> tuple[list[Any], list[Finding]]:
    """Orders made by after-sale cases, left out and told where the shop wants that."""
    if config.settings["reissues"] == "keep":
        return documents, []
    odd = [row for row in documents if isinstance(row, Mapping) and str(row.get("returnOrder") or "0") != "0"]
    kept = [row for row in documents if not any(row is other for other in odd)]
    return kept, [
        Finding(code="left_out", severity=Severity.INFO, platform=config.platform, order_id=order_id_of(row),
                path="returnOrder", message="an order made by an after-sale case; the shop leaves these out")
        for row in odd
    ]  # fmt: skip


_NOTES = {
    "discount_apportioned": (Severity.INFO, "couponDetailList",
                             "the reply does not split an order-level discount; it was apportioned to the lines"),
    "tax_unit_unverified": (Severity.WARNING, "taxFee",
                            "the unit of the customs tax is not documented; it stays out of the sums"),
}  # fmt: skip


def _note(order: Order, code: str) -> Finding:
    severity, path, message = _NOTES[code]
    return Finding(code=code, severity=severity, message=message, platform=order.platform, order_id=order.order_id,
                   path=path)  # fmt: skip


def _unknown(document: Mapping[str, Any], order: Order, told: tuple[tuple[str, str], ...]) -> list[Finding]:
    """One finding per value that the documented enumerations do not list."""
    odd = dict.fromkeys(told)
    coupons = {code for code, _, _ in coupon_rows(document) if code not in COUPONS}
    odd |= dict.fromkeys(("couponDetailList.couponType", code) for code in sorted(coupons))
    return [_odd(order, path, value) for path, value in odd]


def _odd(order: Order, path: str, value: str) -> Finding:
    found = unknown_word(order.platform, order.order_id, path, value, SOURCE)
    if value != NOBODY_KNOWS:
        return found
    return found.model_copy(update={"message": "JD itself does not know the state of this order; ask its operations"})
