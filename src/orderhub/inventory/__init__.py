"""Stock: the ledger and its commands, availability for channels, allocation over warehouses.

Imports `ports`, `flow`, `models`, `errors`; `open` alone reaches the stores, when a ledger is opened.
"""

from orderhub.inventory.alerts import AlertRule, Condition, stock_conditions
from orderhub.inventory.allocate import allocate
from orderhub.inventory.availability import Availability, ChannelPolicy, SafetyStock, ats, listing_stocks, with_bundles
from orderhub.inventory.bundles import expand
from orderhub.inventory.channels import ChannelRule, ChannelRules, ChannelView, Pool, Shown
from orderhub.inventory.demand import (
    AllocatedParcel,
    Allocation,
    Choice,
    DemandLine,
    Missing,
    OrderDemand,
    ParcelCosts,
    Refusal,
)
from orderhub.inventory.desk import Desk
from orderhub.inventory.ledger import AsyncLedger, Ledger
from orderhub.inventory.open import open_ledger, open_ledger_async
from orderhub.inventory.parking import Parked, parking, ready_again
from orderhub.inventory.policies import AllocationPolicy, ShippingTerms, read_policy
from orderhub.inventory.transfer_orders import (
    Inbound,
    TransferLine,
    TransferOrder,
    TransferStatus,
    inbound_of,
    transfer_orders,
)
from orderhub.inventory.transfers import CoverTarget, Lane, Shift, TransferPlan, Unmet, plan_transfers
from orderhub.inventory.velocity import Outlook, ReorderRule, outlook
from orderhub.inventory.waves import Wave, allocate_wave
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
    "AllocationPolicy",
    "AsyncLedger",
    "Availability",
    "ChannelPolicy",
    "ChannelRule",
    "ChannelRules",
    "ChannelView",
    "Choice",
    "Commit",
    "Condition",
    "CoverTarget",
    "DemandLine",
    "Desk",
    "Expire",
    "Inbound",
    "Lane",
    "Ledger",
    "Level",
    "Missing",
    "Move",
    "Movement",
    "OrderDemand",
    "Outlook",
    "ParcelCosts",
    "Parked",
    "Pool",
    "Receive",
    "Refusal",
    "Release",
    "ReorderRule",
    "Reservation",
    "Reserve",
    "Restock",
    "SafetyStock",
    "Shift",
    "ShippingTerms",
    "Shortage",
    "Shown",
    "StockCommand",
    "StockLine",
    "StockOutcome",
    "StockSnapshot",
    "TransferLine",
    "TransferOrder",
    "TransferPlan",
    "TransferStatus",
    "Unmet",
    "Wave",
    "allocate",
    "allocate_wave",
    "ats",
    "expand",
    "inbound_of",
    "listing_stocks",
    "open_ledger",
    "open_ledger_async",
    "outlook",
    "parking",
    "plan_transfers",
    "read_policy",
    "ready_again",
    "stock_conditions",
    "transfer_orders",
    "with_bundles",
]
