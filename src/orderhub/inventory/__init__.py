"""Stock: the ledger and its commands, availability for channels, allocation over warehouses.

Imports `ports`, `flow`, `models`, `errors`; `open` alone reaches the stores, when a ledger is opened.
"""

from orderhub.inventory.alerts import AlertRule, Condition, stock_conditions
from orderhub.inventory.allocate import allocate
from orderhub.inventory.availability import Availability, ChannelPolicy, SafetyStock, ats, listing_stocks, with_bundles
from orderhub.inventory.bundles import expand
from orderhub.inventory.channels import ChannelRule, ChannelRules, ChannelView, Pool, Shown
from orderhub.inventory.demand import AllocatedParcel, Allocation, Choice, DemandLine, Missing, OrderDemand, ParcelCosts
from orderhub.inventory.ledger import AsyncLedger, Ledger
from orderhub.inventory.open import open_ledger, open_ledger_async
from orderhub.inventory.velocity import Outlook, ReorderRule, outlook
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
    "AlertRule",
    "AllocatedParcel",
    "Allocation",
    "AsyncLedger",
    "Availability",
    "ChannelPolicy",
    "ChannelRule",
    "ChannelRules",
    "ChannelView",
    "Choice",
    "Commit",
    "Condition",
    "DemandLine",
    "Expire",
    "Ledger",
    "Level",
    "Missing",
    "Move",
    "Movement",
    "OrderDemand",
    "Outlook",
    "ParcelCosts",
    "Pool",
    "Receive",
    "Release",
    "ReorderRule",
    "Reservation",
    "Reserve",
    "Restock",
    "SafetyStock",
    "Shortage",
    "Shown",
    "StockCommand",
    "StockLine",
    "StockOutcome",
    "StockSnapshot",
    "allocate",
    "ats",
    "expand",
    "listing_stocks",
    "open_ledger",
    "open_ledger_async",
    "outlook",
    "stock_conditions",
    "with_bundles",
]
