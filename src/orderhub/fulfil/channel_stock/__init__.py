"""Telling every listing what is available, healing what differs, and raising alerts. Operations over ports.

Imports `inventory`, `flow`, `models`, `ports`. Why no older figure ever stays: docs/explanation/channel-stock.md.
"""

from orderhub.fulfil.channel_stock.alerting import StockAlert, raise_alerts, stock_alerts
from orderhub.fulfil.channel_stock.delist import Delister
from orderhub.fulfil.channel_stock.outlook import stock_outlook
from orderhub.fulfil.channel_stock.pushing import push_stock
from orderhub.fulfil.channel_stock.reconcile import Drift, Reconciliation, reconcile_stock
from orderhub.fulfil.channel_stock.shown import available_by_sku

__all__ = [
    "Delister",
    "Drift",
    "Reconciliation",
    "StockAlert",
    "available_by_sku",
    "push_stock",
    "raise_alerts",
    "reconcile_stock",
    "stock_alerts",
    "stock_outlook",
]
