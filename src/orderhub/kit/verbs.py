"""Every verb a channel may offer, as a table: both public faces, capabilities and docs come from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["CARRIER_VERBS", "CHANNEL_VERBS", "Verb"]


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: how it behaves and which operation must exist for it.

    Attributes:
        kind: read, write, stream (iterated) or local (no call).
        needs: The connector's operation, when it is not the verb itself.
        summary: One line for people.
    """

    kind: Literal["read", "write", "stream", "local"]
    summary: str
    needs: str | None = None


CHANNEL_VERBS: Mapping[str, Verb] = {
    "orders": Verb("stream", "orders by update or creation time", "list_orders"),
    "get_order": Verb("read", "one order", "fetch_order"),
    "count_orders": Verb("read", "how many orders the platform counts in a window"),
    "refunds": Verb("stream", "after-sale cases by update time", "list_refunds"),
    "get_refund": Verb("read", "one after-sale case"),
    "agree_refund": Verb("write", "say yes to a case: the money goes to the buyer"),
    "refuse_refund": Verb("write", "say no to a case, with a reason"),
    "agree_return": Verb("write", "let the buyer send goods back, and say where to"),
    "confirm_return": Verb("write", "say that returned goods arrived"),
    "refuse_return": Verb("write", "say no once the goods were looked at, with evidence"),
    "ship_exchange": Verb("write", "say which parcel goes out for an exchange or a reissue"),
    "refuse_reasons": Verb("read", "reasons that the platform takes for a refusal"),
    "return_addresses": Verb("read", "where returned goods may go to"),
    "list_invoice_requests": Verb("read", "tax invoices that the buyer of an order asked for"),
    "ship": Verb("write", "confirm shipment: whole, partial, several parcels, corrected number"),
    "carriers": Verb("read", "the platform's own carrier codes"),
    "change_address": Verb("write", "replace the receiver before shipping"),
    "set_memo": Verb("write", "the seller's note and flag"),
    "close_order": Verb("write", "close an unpaid order"),
    "push_stock": Verb("write", "set the quantities that buyers see"),
    "change_stock": Verb("write", "add or take away units"),
    "listings": Verb("stream", "what the shop offers", "list_listings"),
    "exchange_code": Verb("write", "turn an authorisation code into tokens"),
    "authorize_url": Verb("local", "where the seller authorises the app"),
    "decode_message": Verb("read", "verify and read a push message"),
    "pull_messages": Verb("read", "messages that wait on the platform's own channel"),
    "confirm_messages": Verb("write", "say that messages are done"),
    "permit_messages": Verb("write", "switch messages on for this seller"),
    "decrypt": Verb("read", "receivers in the clear"),
    "merge_groups": Verb("read", "which orders go to one receiver"),
    "server_time": Verb("read", "the platform's clock"),
    "waybill_accounts": Verb("read", "companies whose waybills the platform hands out, and numbers left"),
    "waybill_templates": Verb("read", "labels that the platform's print client knows"),
    "create_waybills": Verb("write", "waybills of the platform, receivers staying hidden"),
    "find_waybills": Verb("read", "waybills of parcels by their orders"),
    "query_waybills": Verb("read", "waybills by number, with what prints them"),
    "cancel_waybill": Verb("write", "void a waybill of the platform"),
}

CARRIER_VERBS: Mapping[str, Verb] = {
    "create": Verb("write", "a waybill for one parcel"),
    "cancel": Verb("write", "void a waybill"),
    "find": Verb("read", "the waybill of a parcel by our reference"),
    "track": Verb("read", "what has happened to parcels"),
    "subscribe": Verb("write", "ask for pushes about parcels"),
    "pickup": Verb("write", "call a courier for a parcel"),
    "quote": Verb("read", "the carrier's own prices"),
    "serviceability": Verb("read", "whether the carrier takes a parcel"),
    "decode_push": Verb("read", "verify and read a tracking push"),
}
