"""The canonical vocabulary: orders, refunds, listings, stock, parcels, findings. Imports `errors` only.

Names load on first use: a program that wants the order alone does not build a hundred other models.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {
    "aftersale": ("InvoiceRequest", "Refusal", "RefuseReason", "ReturnAddress"),
    "base": ("Model",),
    "channel": (
        "Capability", "CarrierInfo", "Credentials", "Decrypted", "Dispatch", "Limits", "OrderRef", "Page",
        "PushMessage", "Rate", "Token", "Window",
    ),
    "extra": ("Extra",),
    "listing": ("Listing", "ListingStock"),
    "logistics": (
        "Charge", "FulfilmentOrder", "FulfilmentOrderStatus", "Parcel", "PrintDocument", "PrintKind", "PrintPayload",
        "Quote", "TrackingCode", "TrackingEvent", "TrackingStatus", "Warehouse", "WarehouseKind", "Waybill",
        "WaybillAccount", "WaybillRequest", "WaybillTemplate",
    ),
    "order": ("Discount", "LineItem", "Order", "Shipment"),
    "outcome": ("Finding", "MappingReport", "Outcome"),
    "person": ("Address", "Buyer", "Invoice", "Privacy", "Recipient"),
    "purchasing": ("Arrival", "PurchaseLine", "PurchaseOrder", "PurchaseStatus"),
    "refund": ("Refund", "RefundLine"),
    "status": (
        "AftersaleStatus", "DiscountFunder", "FulfilledBy", "FulfilmentStatus", "Hold", "InvoiceStatus",
        "ListingStatus", "OrderStatus", "PaymentStatus", "PrivacyKind", "RefundKind", "Severity",
    ),
    "stock": (
        "Adjust", "BackOrder", "Commit", "Expire", "FillBackOrder", "Level", "Move", "Movement", "Receive", "Release",
        "Reserve", "Restock", "Shortage", "StockCommand", "StockLine", "StockOutcome", "StockReason", "StockTake",
        "TransferCancel", "TransferReceive", "TransferShip", "TransferWriteOff",
    ),
}  # fmt: skip
_WHERE = {name: module for module, names in _HOME.items() for name in names}

__all__ = sorted(_WHERE)

if TYPE_CHECKING:
    from orderhub.models.aftersale import InvoiceRequest as InvoiceRequest
    from orderhub.models.aftersale import Refusal as Refusal
    from orderhub.models.aftersale import RefuseReason as RefuseReason
    from orderhub.models.aftersale import ReturnAddress as ReturnAddress
    from orderhub.models.base import Model as Model
    from orderhub.models.channel import Capability as Capability
    from orderhub.models.channel import CarrierInfo as CarrierInfo
    from orderhub.models.channel import Credentials as Credentials
    from orderhub.models.channel import Decrypted as Decrypted
    from orderhub.models.channel import Dispatch as Dispatch
    from orderhub.models.channel import Limits as Limits
    from orderhub.models.channel import OrderRef as OrderRef
    from orderhub.models.channel import Page as Page
    from orderhub.models.channel import PushMessage as PushMessage
    from orderhub.models.channel import Rate as Rate
    from orderhub.models.channel import Token as Token
    from orderhub.models.channel import Window as Window
    from orderhub.models.extra import Extra as Extra
    from orderhub.models.listing import Listing as Listing
    from orderhub.models.listing import ListingStock as ListingStock
    from orderhub.models.logistics import Charge as Charge
    from orderhub.models.logistics import FulfilmentOrder as FulfilmentOrder
    from orderhub.models.logistics import FulfilmentOrderStatus as FulfilmentOrderStatus
    from orderhub.models.logistics import Parcel as Parcel
    from orderhub.models.logistics import PrintDocument as PrintDocument
    from orderhub.models.logistics import PrintKind as PrintKind
    from orderhub.models.logistics import PrintPayload as PrintPayload
    from orderhub.models.logistics import Quote as Quote
    from orderhub.models.logistics import TrackingCode as TrackingCode
    from orderhub.models.logistics import TrackingEvent as TrackingEvent
    from orderhub.models.logistics import TrackingStatus as TrackingStatus
    from orderhub.models.logistics import Warehouse as Warehouse
    from orderhub.models.logistics import WarehouseKind as WarehouseKind
    from orderhub.models.logistics import Waybill as Waybill
    from orderhub.models.logistics import WaybillAccount as WaybillAccount
    from orderhub.models.logistics import WaybillRequest as WaybillRequest
    from orderhub.models.logistics import WaybillTemplate as WaybillTemplate
    from orderhub.models.order import Discount as Discount
    from orderhub.models.order import LineItem as LineItem
    from orderhub.models.order import Order as Order
    from orderhub.models.order import Shipment as Shipment
    from orderhub.models.outcome import Finding as Finding
    from orderhub.models.outcome import MappingReport as MappingReport
    from orderhub.models.outcome import Outcome as Outcome
    from orderhub.models.person import Address as Address
    from orderhub.models.person import Buyer as Buyer
    from orderhub.models.person import Invoice as Invoice
    from orderhub.models.person import Privacy as Privacy
    from orderhub.models.person import Recipient as Recipient
    from orderhub.models.purchasing import Arrival as Arrival
    from orderhub.models.purchasing import PurchaseLine as PurchaseLine
    from orderhub.models.purchasing import PurchaseOrder as PurchaseOrder
    from orderhub.models.purchasing import PurchaseStatus as PurchaseStatus
    from orderhub.models.refund import Refund as Refund
    from orderhub.models.refund import RefundLine as RefundLine
    from orderhub.models.status import AftersaleStatus as AftersaleStatus
    from orderhub.models.status import DiscountFunder as DiscountFunder
    from orderhub.models.status import FulfilledBy as FulfilledBy
    from orderhub.models.status import FulfilmentStatus as FulfilmentStatus
    from orderhub.models.status import Hold as Hold
    from orderhub.models.status import InvoiceStatus as InvoiceStatus
    from orderhub.models.status import ListingStatus as ListingStatus
    from orderhub.models.status import OrderStatus as OrderStatus
    from orderhub.models.status import PaymentStatus as PaymentStatus
    from orderhub.models.status import PrivacyKind as PrivacyKind
    from orderhub.models.status import RefundKind as RefundKind
    from orderhub.models.status import Severity as Severity
    from orderhub.models.stock import Adjust as Adjust
    from orderhub.models.stock import BackOrder as BackOrder
    from orderhub.models.stock import Commit as Commit
    from orderhub.models.stock import Expire as Expire
    from orderhub.models.stock import FillBackOrder as FillBackOrder
    from orderhub.models.stock import Level as Level
    from orderhub.models.stock import Move as Move
    from orderhub.models.stock import Movement as Movement
    from orderhub.models.stock import Receive as Receive
    from orderhub.models.stock import Release as Release
    from orderhub.models.stock import Reserve as Reserve
    from orderhub.models.stock import Restock as Restock
    from orderhub.models.stock import Shortage as Shortage
    from orderhub.models.stock import StockCommand as StockCommand
    from orderhub.models.stock import StockLine as StockLine
    from orderhub.models.stock import StockOutcome as StockOutcome
    from orderhub.models.stock import StockReason as StockReason
    from orderhub.models.stock import StockTake as StockTake
    from orderhub.models.stock import TransferCancel as TransferCancel
    from orderhub.models.stock import TransferReceive as TransferReceive
    from orderhub.models.stock import TransferShip as TransferShip
    from orderhub.models.stock import TransferWriteOff as TransferWriteOff
else:

    def __getattr__(name: str) -> Any:
        if name not in _WHERE:
            raise AttributeError(f"module 'orderhub.models' has no attribute {name!r}")
        value = getattr(importlib.import_module(f"orderhub.models.{_WHERE[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
