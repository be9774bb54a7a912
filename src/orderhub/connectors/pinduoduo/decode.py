"""Pinduoduo payloads to canonical orders: finding them, decoding each by itself. Pure; imports `kit`, `models`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from orderhub.connectors.pinduoduo.meaning import strange_words
from orderhub.connectors.pinduoduo.money import disagreements
from orderhub.connectors.pinduoduo.spec import SOURCE
from orderhub.connectors.pinduoduo.tables import GIFT, LINE
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.convert import rows_of
from orderhub.kit.decode import decode_page, id_at, lazy_extra, raw_of, unknown_word
from orderhub.kit.payload import decode_any, expect_object
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Row, Table, each
from orderhub.models.channel import CarrierInfo, Page
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import Severity

__all__ = ["Companies", "decode_orders", "decode_payload", "find_documents"]

Companies = Mapping[str, CarrierInfo]
"""The platform's carrier id -> its row in the platform's own list."""
_MARKS = ("order_sn", "item_list", "order_status")
_LISTS = ("order_list", "order_sn_list", "order_info_list")
_NOTES = {
    "discount_apportioned": "the platform tells discounts for the whole order; they were apportioned to the lines"
}


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply, of the document inside, of one order or of a list of these."""

    def reply(payload: Any) -> Page[Order]:
        documents, request_id = find_documents(payload)
        return decode_orders(documents, config, request_id)

    return decode_any(payload, config, reply, lambda order: decode_orders([order], config), _MARKS)


def find_documents(payload: Any) -> tuple[list[Any], str | None]:
    """The orders inside a payload, however it is wrapped, and its request id.

    Raises:
        DecodeError: Nothing in it looks like an order or a reply that may hold some.
    """
    payload = expect_object(payload, "pinduoduo")
    if isinstance(failure := payload.get("error_response"), Mapping):
        code = str(failure.get("error_code"))
        raise DecodeError(
            f"this is an error reply: code {code}", platform="pinduoduo", path="error_response", code=code,
            request_id=str(failure["request_id"]) if failure.get("request_id") else None,
        )  # fmt: skip
    return _inside(payload)


def _inside(payload: Mapping[str, Any]) -> tuple[list[Any], str | None]:
    request_id = str(payload["request_id"]) if payload.get("request_id") else None
    for name, value in payload.items():
        if str(name).endswith("_response") and isinstance(value, Mapping):
            rows, inner = _inside(value)
            return rows, inner or request_id
    if any(name in payload for name in _MARKS):
        return [payload], request_id
    if "order_info" in payload:
        found = payload["order_info"]
        return (found if isinstance(found, list) else [found]), request_id
    for name in _LISTS:
        if name in payload:
            return rows_of(payload[name]), request_id
    if not payload or not set(payload) - {"request_id", "has_next", "total_count"}:
        return [], request_id  # an empty page may leave the list out
    return [payload], request_id


def decode_orders(
    documents: list[Any], config: ShopConfig, request_id: str | None = None, companies: Companies | None = None
) -> Page[Order]:
    """Each order by itself; a bad one is quarantined with its reason. `companies` names the carriers of parcels."""
    tables = config.tables["line"], config.tables["gift"]
    table = _with_lines(config.tables["order"], *tables)

    def one(document: Mapping[str, Any]) -> tuple[Order, list[Finding]]:
        found = table.decode(document)
        raw = raw_of(document, config)
        found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": lazy_extra(table, raw)}
        found["lines"] = tuple(_line(line, raw, tables) for line in found["lines"])
        found["shipments"] = tuple(_carried(parcel, companies or {}) for parcel in found["shipments"])
        order = make(Order, {name: value for name, value in found.items() if name[0] != "_"}, trusted=config.trusted)
        return order, [*_strange(document, order), *_notes(order, found)]

    return decode_page(documents, one, platform=config.platform, id_of=id_at("order_sn"), request_id=request_id)


def _line(line: Mapping[str, Any], raw: bytes, tables: tuple[Table, Table]) -> dict[str, Any]:
    table = tables[1] if line.get("is_gift") else tables[0]
    kept = {name: value for name, value in line.items() if name[0] != "_"}
    return kept | {"extra": lazy_extra(table, raw, line["_place"], rows_of)}


def _carried(parcel: dict[str, Any], companies: Companies) -> dict[str, Any]:
    """Orders name carriers by the platform's number: its list tells who that is."""
    row = companies.get(parcel["carrier_name"] or "")
    return parcel if row is None else parcel | {"carrier": row.carrier, "carrier_name": row.name}


@lru_cache(maxsize=64)
def _with_lines(order: Table, line: Table, gift: Table) -> Table:
    """The order's table reading goods and gifts by tables that a host may have overridden."""
    if line is LINE and gift is GIFT:
        return order
    changed = {"lines": each(line, least=1), "_gifts": each(gift)}
    rows = tuple(
        dataclasses.replace(entry, convert=changed[entry.field])
        if isinstance(entry, Row) and entry.field in changed
        else entry
        for entry in order.entries
    )
    return dataclasses.replace(order, entries=rows)


def _strange(document: Mapping[str, Any], order: Order) -> list[Finding]:
    """One finding per value that the documented enumerations do not list."""
    told = strange_words(document, order.raw_status)
    return [unknown_word(order.platform, order.order_id, path, value, SOURCE) for path, value in told]


def _notes(order: Order, found: Mapping[str, Any]) -> list[Finding]:
    notes = [_note(order, code, Severity.INFO, _NOTES[code], "discount_amount") for code in found["_notes"]]
    for path, off in disagreements(dict(found)):
        told = f"the platform's own amounts differ by {off}: {path} is not what its parts make"
        notes.append(_note(order, "amounts_disagree", Severity.WARNING, told, path))
    return notes


def _note(order: Order, code: str, severity: Severity, message: str, path: str) -> Finding:
    return Finding(
        code=code, severity=severity, message=message, platform=order.platform, order_id=order.order_id, path=path
    )
