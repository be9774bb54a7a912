"""Amazon payloads to canonical orders, each by itself. Pure; imports `kit`, `models`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from orderhub.connectors.amazon.money import NO_CURRENCY
from orderhub.connectors.amazon.shape import gathered, is_v0, order_id_of, plain, wired
from orderhub.connectors.amazon.spec import SOURCE
from orderhub.errors import DecodeError
from orderhub.kit.build import make
from orderhub.kit.convert import masked, rows_of
from orderhub.kit.decode import decode_page, finding_of, kept_bytes, raw_of, unknown_word
from orderhub.kit.json import loads
from orderhub.kit.spec import ShopConfig
from orderhub.kit.table import Table, with_lines
from orderhub.models.channel import Page
from orderhub.models.extra import Extra
from orderhub.models.order import Order
from orderhub.models.outcome import Finding
from orderhub.models.status import OrderStatus, Severity

__all__ = ["decode_orders", "decode_payload"]


def decode_payload(payload: Any, config: ShopConfig) -> Page[Order]:
    """Orders of a native reply, of what is inside it, of one order or of a list of these, in either wire profile.

    Raises:
        DecodeError: The payload as a whole holds no order.
    """
    native = gathered(payload)
    page = decode_orders(native.merged(), config)
    lost = [(error, part, finding_of(error, platform=config.platform, order_id=order_id_of(part)))
            for error, part in native.failures]  # fmt: skip
    return Page(
        page.items,
        findings=(*page.findings, *(finding for _, _, finding in lost)),
        quarantined=(*page.quarantined, *((finding.order_id, kept_bytes(part), finding) for _, part, finding in lost)),
    )


def decode_orders(documents: Iterable[Any], config: ShopConfig, request_id: str | None = None) -> Page[Order]:
    """Each order by itself; a bad one is quarantined with its reason."""
    return decode_page(
        documents, partial(_one, config), platform=config.platform, id_of=order_id_of, request_id=request_id
    )


def _one(config: ShopConfig, given: Any) -> tuple[Order, list[Finding]]:
    if not isinstance(given, Mapping):
        raise DecodeError("expected an object for Order", platform=config.platform, value=masked(given))
    kept = plain(given)
    document = wired(kept)
    items, suffix = ("OrderItems", "_v0") if is_v0(document) else ("orderItems", "")
    line = config.tables[f"line{suffix}"]
    table = with_lines(config.tables[f"order{suffix}"], line)
    found, raw = table.decode(document), raw_of(kept, config)
    notes, strange = found.get("_notes", ()), found.get("_strange", ())
    found["lines"] = tuple(
        {name: value for name, value in row.items() if name[0] != "_"} | {"extra": _extra(line, raw, (items, number))}
        for number, row in enumerate(found.get("lines", ()))
    )
    found = {name: value for name, value in found.items() if name[0] != "_"}
    found |= {"platform": config.platform, "shop_id": config.shop_id, "raw": raw, "extra": _extra(table, raw, ())}
    order = make(Order, found, trusted=config.trusted)
    return order, [
        *(unknown_word(order.platform, order.order_id, path, word, SOURCE) for path, word in strange),
        *_told(order, notes),
    ]


def _extra(table: Table, raw: bytes, steps: tuple[Any, ...]) -> Extra:
    """The unmapped fields under Amazon's own names; worked out on first access."""
    return Extra(load=partial(_load, table, raw, steps))


def _load(table: Table, raw: bytes, steps: tuple[Any, ...]) -> dict[str, Any]:
    document: Any = wired(loads(raw))
    for step in steps:
        document = rows_of(document)[step] if isinstance(step, int) else document[step]
    return table.unmapped(document)


_NOTES = {
    "discount_apportioned": "a discount is told for the whole order only; it was apportioned to the lines",
    "tax_not_in_total": "the platform's total leaves tax out: it is in the prices or collected by the marketplace",
    "payment_in_other_currency": "a partial payment is told in another currency than the order; it was not counted",
    "items_missing": "the order came without its items; fetch them before anything is decided about it",
    "status_missing": "the order came without its status (FULFILLMENT was not asked for); kept as unknown",
    "currency_missing": "no price and no documented marketplace tells the currency of this order",
    "quantity_missing": "a line of a partly shipped order does not say how much was shipped",
}


def _told(order: Order, notes: Iterable[str]) -> list[Finding]:
    """What a reader should know about an order that was read all the same."""
    codes = {
        "items_missing": not order.lines,
        "status_missing": order.raw_status is None,
        "currency_missing": order.currency == NO_CURRENCY,
        "quantity_missing": order.status is not OrderStatus.UNKNOWN
        and any(line.status is OrderStatus.UNKNOWN for line in order.lines),
    }
    informing = [_finding(order, code, Severity.INFO) for code in notes]
    return informing + [_finding(order, code, Severity.WARNING) for code, there in codes.items() if there]


def _finding(order: Order, code: str, severity: Severity) -> Finding:
    return Finding(code=code, severity=severity, message=_NOTES[code], platform=order.platform, order_id=order.order_id)
