"""What rules may ask of an order, and the words for audit, routing and notification. Pure.

Imports `rules`, `models`. Amounts are in the order's currency, ages in whole hours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from orderhub.models.order import Order
from orderhub.rules import CHOICES, Action, Argument, Fact, Facts, Vocabulary

__all__ = ["AUDIT", "CHANNEL_STOCK", "NOTIFICATION", "ORDER_FACTS", "ROUTING", "VOCABULARIES", "facts_of_order"]

Read = Callable[[Order, datetime | None], Any]


def _hours(since: datetime | None, until: datetime | None) -> int | None:
    return None if since is None or until is None else int((until - since).total_seconds() // 3600)


_ROWS: tuple[tuple[Fact, Read], ...] = (
    (Fact("platform", "text", "name of the platform"), lambda order, _: order.platform),
    (Fact("shop", "text", "platform:shop_id"), lambda order, _: f"{order.platform}:{order.shop_id}"),
    (Fact("status", "text", "summary status"), lambda order, _: order.status.value),
    (Fact("payment_status", "text", "status of the payment"), lambda order, _: order.payment_status.value),
    (Fact("holds", "words", "holds of the platform"), lambda order, _: frozenset(h.value for h in order.holds)),
    (Fact("labels", "words", "labels of the platform"), lambda order, _: frozenset(order.labels)),
    (Fact("currency", "text", "currency of the amounts"), lambda order, _: order.currency),
    (Fact("total", "number", "what the buyer owes"), lambda order, _: order.total),
    (Fact("paid", "number", "what was paid so far"), lambda order, _: order.paid),
    (Fact("discount_total", "number", "every reduction on goods"), lambda order, _: order.discount_total),
    (Fact("is_cod", "flag", "cash is collected on delivery"), lambda order, _: order.is_cod),
    (Fact("skus", "words", "merchant codes of the lines"),
     lambda order, _: frozenset(line.sku for line in order.lines if line.sku)),
    (Fact("line_count", "number", "lines of the order"), lambda order, _: len(order.lines)),
    (Fact("units", "number", "units of all lines"), lambda order, _: sum(line.quantity for line in order.lines)),
    (Fact("has_gift", "flag", "a line is a gift"), lambda order, _: any(line.is_gift for line in order.lines)),
    (Fact("country", "text", "country of the receiver"), lambda order, _: order.recipient.address.country),
    (Fact("province", "text", "province of the receiver"), lambda order, _: order.recipient.address.province),
    (Fact("city", "text", "city of the receiver"), lambda order, _: order.recipient.address.city),
    (Fact("district", "text", "district of the receiver"), lambda order, _: order.recipient.address.district),
    (Fact("division_code", "text", "GB/T 2260 code"), lambda order, _: order.recipient.address.division_code),
    (Fact("street", "text", "detail of the address", private=True), lambda order, _: order.recipient.address.street),
    (Fact("privacy", "text", "clear, masked, encrypted, absent"), lambda order, _: order.recipient.privacy.kind.value),
    (Fact("buyer_id", "text", "the platform's id of the buyer", private=True), lambda order, _: order.buyer.buyer_id),
    (Fact("buyer_note", "text", "what the buyer wrote", private=True), lambda order, _: order.buyer_note),
    (Fact("seller_note", "text", "what the seller wrote", private=True), lambda order, _: order.seller_note),
    (Fact("seller_flag", "text", "flag that the seller set"), lambda order, _: order.seller_flag),
    (Fact("has_note", "flag", "the buyer wrote something"), lambda order, _: bool((order.buyer_note or "").strip())),
    (Fact("age_h", "number", "whole hours since the payment, or the order"),
     lambda order, now: _hours(order.paid_at or order.created_at, now)),
    (Fact("hours_left", "number", "whole hours until the latest ship time; below zero when it is over"),
     lambda order, now: _hours(now, order.ship_by)),
)  # fmt: skip
ORDER_FACTS: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact, _ in _ROWS})
_READERS = {fact.name: read for fact, read in _ROWS}
_FACTS = tuple(ORDER_FACTS.values())
_CODE = Argument("text", "code of the finding, in snake case")
_TEXT = Argument("text", "what to tell people", required=False)

AUDIT = Vocabulary.of(
    "audit", "whether an order may proceed", _FACTS,
    (
        Action("hold", "a finding that stops the order", {"code": _CODE, "text": _TEXT}),
        Action("warn", "a finding that somebody should read", {"code": _CODE, "text": _TEXT}),
        Action("ignore", "leave out findings of these codes; those that protect cannot be left out",
               {"codes": Argument("text", "codes", many=True)}),
    ),
)  # fmt: skip
ROUTING = Vocabulary.of(
    "routing", "which warehouse or team takes an order", _FACTS,
    (
        Action("assign", "who takes it", {
            "to": Argument("text", "code of the warehouse or team"),
            "kind": Argument("text", "what it is", required=False, choices=("warehouse", "team")),
            "waits": Argument("flag", "the order waits until somebody has acknowledged it", required=False),
        }),
        *CHOICES,
    ),
)  # fmt: skip
NOTIFICATION = Vocabulary.of(
    "notification", "who is told what", (
        *_FACTS, Fact("event", "text", "what happened: the template of the message"),
        Fact("code", "text", "code of an alert"),
    ),
    (
        Action("tell", "send a message", {
            "template": Argument("text", "name of the template"),
            "to": Argument("text", "receiver or role"),
            "channel": Argument("text", "where", required=False),
        }),
        Action("silence", "tell nobody"),
    ),
)  # fmt: skip
CHANNEL_STOCK = Vocabulary.of(
    "channel_stock", "what a shop is shown of a SKU",
    (
        Fact("shop", "text", "platform:shop_id"), Fact("platform", "text", "name of the platform"),
        Fact("sku", "text", "our SKU"), Fact("available", "number", "units that could be promised"),
        Fact("sold_per_day", "number", "units sold a day"), Fact("date", "date", "the day"),
    ),
    (
        Action("cap", "show at most so many", {"units": Argument("number", "units")}),
        Action("buffer", "keep so many back", {"units": Argument("number", "units")}),
        Action("share", "show this part", {"percentage": Argument("number", "per cent of what there is")}),
        Action("hide", "show none"),
    ),
)  # fmt: skip
VOCABULARIES: Mapping[str, Vocabulary] = MappingProxyType(
    {words.name: words for words in (AUDIT, ROUTING, NOTIFICATION, CHANNEL_STOCK)}
)
"""Words by name; those of carriers are `logistics.rules.CARRIER`."""


def facts_of_order(order: Order, now: datetime | None = None, more: Mapping[str, Any] | None = None) -> Facts:
    """What rules may ask of `order`, read when it is asked for.

    Args:
        now: For ages and hours left, which are not known without it; aware.
        more: A host's own facts, named `own.…`.
    """
    own = more or {}

    def read(name: str) -> Any:
        known = _READERS.get(name)
        return known(order, now) if known else own.get(name)

    return read
