"""Stock: the ledger and its commands, availability for channels, allocation over warehouses.

Imports `ports`, `flow`, `models`, `errors`; `open` alone reaches the stores, when a ledger is opened.
"""

from orderhub.inventory.ledger import AsyncLedger, Ledger
from orderhub.inventory.open import open_ledger, open_ledger_async
from orderhub.models.stock import (
    Adjust,
    Commit,
    Expire,
    Level,
    Move,
    Movement,
    Receive,
    Release,
    Reservation,
    Reserve,
    Restock,
    Shortage,
    StockCommand,
    StockLine,
    StockOutcome,
    StockSnapshot,
)

__all__ = [
    "Adjust",
    "AsyncLedger",
    "Commit",
    "Expire",
    "Ledger",
    "Level",
    "Move",
    "Movement",
    "Receive",
    "Release",
    "Reservation",
    "Reserve",
    "Restock",
    "Shortage",
    "StockCommand",
    "StockLine",
    "StockOutcome",
    "StockSnapshot",
    "open_ledger",
    "open_ledger_async",
]
