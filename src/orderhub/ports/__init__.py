"""What the core needs from the world, as Protocols. Imports `flow`, `models`, `errors`."""

from __future__ import annotations

from orderhub.ports.purchases import Purchases
from orderhub.ports.shares import HeldShare, Share, ShareAsk, ShareBid, Shares, Split
from orderhub.ports.stores import (
    Claims,
    Cursor,
    CursorStore,
    Event,
    Marks,
    OrderQuery,
    OrderStore,
    Outbox,
    Papers,
    Privacies,
    Quarantine,
    QuarantinedOrder,
    Run,
    RunLog,
    SeenIds,
    StockStore,
    TokenStore,
)
from orderhub.ports.world import AsyncTransport, Carrier, Channel, Clock, Message, Notifier, Transport

__all__ = [
    "AsyncTransport", "Carrier", "Channel", "Claims", "Clock", "Cursor", "CursorStore", "Event", "HeldShare",
    "Marks", "Message", "Notifier", "OrderQuery", "OrderStore", "Outbox", "Papers", "Privacies", "Purchases",
    "Quarantine", "QuarantinedOrder", "Run", "RunLog", "SeenIds", "Share", "ShareAsk", "ShareBid", "Shares", "Split",
    "StockStore", "TokenStore", "Transport",
]  # fmt: skip
