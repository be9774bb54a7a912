"""What every command prints with `--json` and when it ends with 1: the documented shape, kept by tests. Pure data.

Fields are only ever added. A command's options stand beside it; this is what programs rely on. One table of every
command, and therefore longer than other rooms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

__all__ = ["COMMANDS", "Command"]


@dataclass(frozen=True)
class Command:
    """One command as programs see it.

    Attributes:
        prints: `rows`: a list of objects; `object`: one object.
        fields: Name -> what it is. Empty where the shape is documented elsewhere.
        attention: When the exit code is 1; empty: never.
        changes: Whether it changes something; then it takes `--dry-run`, or `rehearsal` says why not.
        rehearsal: Why a command that changes something cannot be rehearsed.
        long: Whether it may take long, so that a terminal shows progress.
    """

    prints: Literal["rows", "object"]
    fields: Mapping[str, str] = field(default_factory=dict)
    attention: str = ""
    changes: bool = False
    rehearsal: str = ""
    long: bool = False


_OUTCOME = {
    "key": "what it belongs to",
    "ok": "whether the effect is there",
    "reason": "a word for why not, or `already_done`, `dry_run`",
    "error": "the error in words",
}
_RUN = {
    "shop": "`platform:shop_id`",
    "resource": "orders, refunds, details or quarantine",
    "watermark": "everything up to here is stored",
    "lag_s": "seconds behind",
    "progress": "share of an asked span that is done, 0 to 1",
    "counts": "how many were inserted, updated, unchanged, quarantined, released, …",
    "findings": "code -> how many",
    "error": "why the shop's run stopped early",
}
_LEFT = "a shop failed, or a document went into quarantine"
_NOT_ALL = "one of them is not ok"

COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "pull": Command("rows", _RUN, _LEFT, changes=True, long=True),
        "backfill": Command("rows", _RUN, _LEFT, changes=True, long=True),
        "gaps": Command(
            "rows",
            {
                "shop": "`platform:shop_id`",
                "since": "start of the span",
                "until": "its end",
                "ok": "whether all that the platform counts is stored or in quarantine",
                "windows": "windows compared",
                "platform": "orders that the platform counts",
                "stored": "orders that are stored",
                "missing": "orders that are still missing",
                "gaps": "windows that differ, with ids",
                "error": "why the comparison stopped early",
            },
            "orders are missing that are not in quarantine, or a shop failed",
            changes=True,
            long=True,
        ),
        "health": Command(
            "rows",
            {
                "shop": "`platform:shop_id`",
                "state": "ok, late, failing or never",
                "lag_s": "seconds behind",
                "orders": "how many are stored",
                "quarantined": "reason -> how many documents wait",
                "failures": "runs in error since the last good one",
                "last_error": "of the last run",
                "needs_seller": "whether the token lapses within three days",
                "at": "now",
                "watermark": "orders up to here are stored",
                "refunds_watermark": "after-sale cases up to here are stored",
                "last_run_at": "",
                "last_ok_at": "",
                "credentials_expire_at": "when the token lapses",
            },
            "a shop is not ok or needs its seller",
        ),
        "quarantine list": Command(
            "rows",
            {
                "key": "of the document",
                "shop": "`platform:shop_id`",
                "order_id": "null where it could not be read",
                "reason": "why it is no order",
                "path": "the field on the wire",
                "value": "what stood there, masked",
                "message": "in words",
                "request_id": "for the platform's support desk",
                "attempts": "how often it was read",
                "first_seen_at": "",
            },
        ),
        "quarantine replay": Command("rows", _RUN, "documents are left, or a shop failed", changes=True, long=True),
        "orders list": Command(
            "object", {"rows": "orders, fields of `OrderRow`, masked", "next": "value of `--after` for the next page"}
        ),
        "orders show": Command(
            "object",
            {
                "row": "the fields of `OrderRow`, masked",
                "lines": "fields of `LineView`",
                "parcels": "fields of `ParcelView`",
                "receiver": "masked",
                "refunds": "fields of `RefundView`",
                "timeline": "fields of `TimelineEntry`",
                "buyer_note": "always null: anything may stand in it",
                "seller_note": "always null",
                "items_total": "amount",
                "discount_total": "amount",
                "shipping_fee": "amount",
                "fees_total": "amount",
                "tax_total": "amount",
                "residual": "amount that the platform leaves unexplained",
            },
        ),
        "audit": Command(
            "rows",
            {
                "order": "key",
                "code": "of the finding",
                "severity": "info, warning or error",
                "message": "in words",
                "advice": "what to do, in the language in use",
                "path": "field",
                "value": "masked",
            },
            "there is a finding",
            long=True,
        ),
        "resolve": Command(
            "rows",
            {
                "key": "order",
                "ok": "whether it was taken",
                "reason": "a word for why not",
                "message": "why not",
                "allowed": "what can be done instead",
                "left": "codes that still stand against the order",
            },
            "it was refused",
            changes=True,
        ),
        "hold": Command("rows", {**_OUTCOME, "value": ""}, _NOT_ALL, changes=True),
        "release": Command("rows", {**_OUTCOME, "value": ""}, _NOT_ALL, changes=True),
        "fulfil": Command(
            "rows",
            {**_OUTCOME, "parcels": "list of warehouse, carrier, waybill_no"},
            "an order did not ship",
            changes=True,
            long=True,
        ),
        "cancel": Command("rows", {**_OUTCOME, "value": "state it ends in"}, "it was refused", changes=True),
        "reopen": Command("rows", {**_OUTCOME, "value": "state it ends in"}, "it was refused", changes=True),
        "cases": Command(
            "rows",
            {
                "key": "`platform:shop_id:refund_id`",
                "order_id": "",
                "kind": "",
                "status": "requested or in_progress",
                "raw_status": "the platform's word",
                "reason": "the platform's",
                "currency": "",
                "amount": "in that currency, as text",
                "deadline_at": "when the platform decides by itself",
                "updated_at": "",
            },
        ),
        "push-stock": Command(
            "rows",
            {**_OUTCOME, "quantity": "units that were told"},
            "a listing could not be told",
            changes=True,
            long=True,
        ),
        "stock list": Command(
            "rows",
            {
                "sku": "",
                "warehouse": "",
                "on_hand": "units",
                "reserved": "units",
                "available": "units",
                "version": "grows with every movement",
            },
        ),
        "stock alerts": Command(
            "rows",
            {
                "code": "low_stock, availability_unknown, sku_unmapped, oversold or push_failing",
                "sku": "",
                "place": "`*`, `warehouse:<code>` or `shop:<key>`",
                "quantity": "units now",
                "threshold": "units",
                "detail": "in words",
                "since": "",
                "is_new": "whether this run found it",
            },
            "an alert is up",
            changes=True,
        ),
        "stock outlook": Command(
            "rows",
            {
                "sku": "",
                "available": "units",
                "inbound": "units",
                "sold": "units in the span",
                "sellable_days": "days with stock",
                "per_day": "units a day",
                "days_of_cover": "",
                "reorder": "units to buy now",
                "last_sold_at": "",
                "last_received_at": "",
                "idle_days": "days since the last sale",
                "is_slow": "",
            },
        ),
        "stock check": Command(
            "rows",
            {
                "shop": "`platform:shop_id`",
                "key": "listing",
                "sku": "",
                "kind": "shows_more, shows_less, not_told, availability_unknown, sku_unmapped or unreadable",
                "seen": "units that the platform shows",
                "expected": "units it should show",
                "reason": "why the last try failed",
                "healed": "whether it is right now",
            },
            "a listing differs and was not healed, or a shop could not be read",
            changes=True,
            long=True,
        ),
        "track": Command(
            "rows",
            {
                "order": "key",
                "carrier": "code",
                "waybill_no": "",
                "status": "",
                "last_event": "when it was last heard of",
                "eta": "when it should arrive",
                "incidents": "what is wrong",
                "error": "why the carrier could not be asked",
            },
            "a parcel has an incident, or a carrier could not be asked",
            changes=True,
            long=True,
        ),
        "incidents": Command(
            "rows",
            {
                "order": "key",
                "carrier": "code",
                "waybill_no": "",
                "status": "",
                "kind": "of incident",
                "since": "",
                "place": "",
            },
            "there is one",
        ),
        "reconcile": Command(
            "rows",
            {
                "kind": "a word of [differences](../how-to/rehearse-and-reconcile.md)",
                "key": "order",
                "detail": "job, reservation or number",
                "about": "what the kind means",
                "can_heal": "whether it is certain what is right",
                "healed": "whether it is right now",
                "reason": "why not",
            },
            "a difference is left",
            changes=True,
            long=True,
        ),
        "connectors": Command(
            "rows",
            {
                "name": "",
                "title": "for people",
                "verbs": "what it can",
                "absent": "verb -> why not",
                "facts": "page of documented facts",
                "error": "why it cannot be loaded",
            },
            "one cannot be loaded",
        ),
        "capabilities": Command(
            "rows",
            {
                "platform": "or carrier",
                "verb": "",
                "available": "",
                "evidence": "what proves it, see [capabilities](capabilities.md)",
                "limits": "page_size_max, window_max and history in seconds, batch_max, rate_per_s",
                "because": "why it is absent",
                "source": "page of documented facts",
            },
        ),
        "normalize": Command(
            "object",
            {"orders": "canonical orders, nothing masked", "findings": "what could not be read or was not understood"},
            "a document could not be read",
        ),
        "schema": Command("object"),
        "completion": Command("object", {"shell": "", "script": ""}),
        "demo": Command("object", attention="something differs from the sandbox's own truth", long=True),
        "sandbox": Command(
            "object",
            {
                "url": "base address",
                "shops": "address of the shops' credentials",
                "variables": "file with the secrets that the written configuration refers to, or null",
            },
        ),
        "worker": Command(
            "object",
            {"worker": "slot", "state": "ready"},
            changes=True,
            rehearsal="it works until it is stopped; rehearse the commands that it runs",
        ),
        "report": Command("object", long=True),
        "segment": Command(
            "rows",
            {
                "platform": "empty without `--reveal`",
                "buyer_id": "empty without `--reveal`",
                "customer": "keyed hash",
                "currency": "",
                "segment": "",
                "last_day": "of the last order",
                "recency_days": "days since then",
                "frequency": "orders",
                "money": "known totals of these",
                "r": "recency, 1 to 5",
                "f": "frequency, 1 to 5",
                "m": "money, 1 to 5",
            },
            long=True,
        ),
        "simulate": Command(
            "rows",
            {
                "seed": "",
                "ok": "whether every law holds",
                "steps": "performed under faults",
                "virtual_s": "simulated seconds",
                "faults": "step -> fault",
                "lives": "processes started",
                "orders": "that exist",
                "shipped": "that left",
                "findings": "how laws were broken",
                "trace": "fingerprint",
                "scenario": "what was simulated",
            },
            "a law was broken",
            long=True,
        ),
        "doctor": Command(
            "rows",
            {"check": "", "state": "ok, warning or bad", "seen": "", "do": "what to do about it"},
            "something is bad",
            long=True,
        ),
        "check-connector": Command(
            "rows",
            {"check": "", "verdict": "passed, failed or not_applicable", "message": "", "where": "file and line"},
            "a check failed",
            long=True,
        ),
        "new-connector": Command(
            "object",
            {"path": "of the package", "next": "what to run now"},
            changes=True,
            rehearsal="it only writes a new folder",
        ),
    }
)
"""Every command, as it is typed -> what programs see of it."""
