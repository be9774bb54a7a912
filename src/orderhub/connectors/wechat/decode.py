"""WeChat payloads to canonical orders and cases, each decoded by itself. Pure; imports `kit`, `models`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from orderhub.connectors.wechat.spec import CASE_KIND, CASE_NUMBERS, CASE_STATUS, SOURCE, STATUS
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.convert import rows_of
from orderhub.kit.decode import decode_page, id_at, lazy_extra, raw_of, unknown_word
from orderhub.kit.payload import decode_found, expect_object, lines_with_extra
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import with_lines
from orderhub.models.channel import Page
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.refund import Refund
from orderhub.models.status import Hold, OrderStatus, Severity

__all__ = ["decode_orders", "decode_payload", "decode_refunds", "find_documents"]

_MARKS = ("order_id", "order_detail")
_ENVELOPE = ("errcode", "errmsg")
_LISTS = ("order_id_list", "after_sale_order_id_list")
_WAITING = frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.PARTIALLY_SHIPPED})


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply, of one order or of a list of these; lists of ids hold no orders."""
    return decode_found(payload, config, find_documents, decode_orders, _MARKS)


def find_documents(payload: Any) -> list[Any]:
    """The orders inside a payload, however it is wrapped.

    Raises:
        DecodeError: It is an error reply, or nothing that may hold orders.
    """
    payload = expect_object(payload, "wechat")
    code = str(payload.get("errcode", "0"))
    if code != "0":
        raise DecodeError(f"this is an error reply: {code}", platform="wechat", path="errcode", code=code)
    if any(name in payload for name in _MARKS):
        return [payload]
    if "order" in payload:
        return rows_of(payload["order"]) if isinstance(payload["order"], list) else [payload["order"]]
    inside = [name for name in payload if name not in _ENVELOPE]
    return [payload] if inside and not any(name in payload for name in _LISTS) else []


def decode_orders(documents: Iterable[Any], config: ShopConfig) -> Page[Order]:
    """Each order by itself; a bad one is quarantined with its reason."""
    line = config.tables["line"]
    table = with_lines(config.tables["order"], line, least=1)

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found, raw = table.decode(document), raw_of(document, config)
        shared = found.pop("_shared", False)
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        found["holds"] |= _asked_for(found, config)
        found["lines"] = lines_with_extra(found["lines"], line, raw, "order_detail", "product_infos")
        order = make(Order, found, trusted=config.trusted)
        return order, [*_unknown(document, order), *([_shared_out(order)] if shared else [])]

    return decode_page(documents, one, platform=config.platform, id_of=id_at("order_id"))


def _asked_for(found: Mapping[str, Any], config: ShopConfig) -> frozenset[Hold]:
    """A change of SKU that the buyer asked for holds the order, until its state is one that the setting names."""
    done = {str(state) for state in config.settings["sku_change_done"]}
    states = {line["_change_state"] for line in found["lines"] if line.get("_change_state")}
    return frozenset({Hold.UNDER_REVIEW}) if states - done and found["status"] in _WAITING else frozenset()


def _shared_out(order: Order) -> Finding:
    return Finding(
        code="discount_apportioned", severity=Severity.INFO, platform=order.platform, order_id=order.order_id,
        path="order_detail.price_info",
        message="no reading of the lines adds up to the order: its reductions were shared out by amount",
    )  # fmt: skip


def _unknown(document: Mapping[str, Any], order: Order) -> list[Finding]:
    """One finding per value that the documented enumerations do not list."""
    told: list[tuple[str, str | None, Collection[str]]] = [("status", order.raw_status, STATUS.words)]
    cases = document.get("aftersale_detail")
    rows = rows_of(cases.get("aftersale_order_list")) if isinstance(cases, Mapping) else []
    told += [
        (f"aftersale_detail.aftersale_order_list[{number}].status", str(row.get("status", "")),
         {*CASE_NUMBERS, *CASE_STATUS.words})
        for number, row in enumerate(rows) if isinstance(row, Mapping)
    ]  # fmt: skip
    return [
        unknown_word(order.platform, order.order_id, path, str(raw), SOURCE)
        for path, raw, words in told if raw not in (None, "") and raw not in words
    ]  # fmt: skip


def decode_refunds(documents: Iterable[Any], config: ShopConfig) -> Page[Refund]:
    """Each case by itself."""
    table = config.tables["refund"]

    def one(document: Mapping[str, Any]) -> tuple[Refund, list[Finding]]:
        found, raw = table.decode(document), raw_of(document, config)
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        refund = Refund.model_validate(found)
        words = (("status", CASE_STATUS), ("type", CASE_KIND))
        return refund, [
            unknown_word(config.platform, refund.order_id, path, str(document[path]), SOURCE)
            for path, table_of in words if document.get(path) and not table_of.knows(str(document[path]))
        ]  # fmt: skip

    return decode_page(documents, one, platform=config.platform, id_of=id_at("order_id"))
