"""The demo's verdict: what the hub believes against what the sandbox knows. Imports `hub`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from orderhub.fulfil.channel_stock import available_by_sku
from orderhub.fulfil.issuing import NUMBERED
from orderhub.hub.core import Hub
from orderhub.inventory import storage
from orderhub.models import Order
from orderhub.sandbox.catalogue import GOODS

__all__ = ["Check", "verify"]


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison."""

    name: str
    expected: Any
    found: Any
    ok: bool


def _same(name: str, expected: Any, found: Any) -> Check:
    return Check(name, expected, found, expected == found)


def _nobody_goes(story: dict[str, Any]) -> bool:
    """Whether orders were kept back because no carrier of the demo takes them."""
    return any("no_carrier" in story[turn]["not_shipped"] for turn in ("first", "second"))


def verify(hub: Hub, control: httpx.Client, story: dict[str, Any]) -> list[Check]:
    """Every comparison; all must hold."""
    orders = {order.key: order for order in hub.orders()}
    truth = _truth(hub, control)
    shipped = sum(story[turn]["shipped"] for turn in ("first", "second"))
    missing = len(truth.keys() - orders.keys()) + len(orders.keys() - truth.keys())
    return [
        _same("orders in the hub = orders that exist", len(truth), len(orders)),
        _same("orders missing or doubled", 0, missing + story["quarantined"]),
        _same("money to the cent, all orders", *_money(truth, orders)),
        _same("money identity broken", 0, sum(1 for order in orders.values() if order.discrepancy)),
        _same("units oversold", 0, sum(max(0, -level.available) for level in hub.stock.levels())),
        _same("ledger sums differ from levels", 0, _ledger_gaps(hub)),
        _same("units left reserved", 0, sum(level.reserved for level in storage(hub.stock.levels()))),
        Check("orders shipped", "some, unless no carrier goes there", shipped, shipped > 0 or _nobody_goes(story)),
        _same("waybills issued = parcels shipped", _parcels(story), len(_issued(control) | _stood(orders, story))),
        _same("shipped parcels the platform does not know", 0, _unknown_parcels(orders, story)),
        _same("listings that show other than available", 0, _wrong_listings(hub, control)),
        _same("shops with errors", 0, sum(len(story[turn]["errors"]) for turn in ("first", "second"))),
    ]


def _truth(hub: Hub, control: httpx.Client) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for shop in hub.shops.values():
        rows = control.get(f"/_sandbox/{shop.platform}/orders", params={"shop_id": shop.shop_id}).json()
        found |= {f"{shop.key}:{row['order_id']}": row for row in rows}
    return found


def _money(truth: dict[str, dict[str, Any]], orders: dict[str, Order]) -> tuple[str, str]:
    """Totals by currency on either side, over the orders that both know."""
    theirs: Counter[str] = Counter()
    ours: Counter[str] = Counter()
    for key, row in truth.items():
        if row.get("total") is not None and key in orders:
            theirs[row.get("currency", "CNY")] += Decimal(row["total"])  # type: ignore[assignment]
            ours[orders[key].currency] += orders[key].total or Decimal(0)  # type: ignore[assignment]
    return _told(theirs), _told(ours)


def _told(sums: Counter[str]) -> str:
    return ", ".join(f"{currency} {amount}" for currency, amount in sorted(sums.items()))


def _ledger_gaps(hub: Hub) -> int:
    gaps = 0
    for level in hub.stock.levels():
        rows = hub.stock.movements(level.sku, level.warehouse)
        sums = (sum(row.on_hand_delta for row in rows), sum(row.reserved_delta for row in rows))
        gaps += sums != (level.on_hand, level.reserved)
    return gaps


def _parcels(story: dict[str, Any]) -> int:
    return sum(story[turn]["parcels"] for turn in ("first", "second"))


def _stood(orders: dict[str, Order], story: dict[str, Any]) -> set[str]:
    """Numbers of ours that platforms have which number parcels themselves: some stood there before anybody asked."""
    ours = {number for turn in ("first", "second") for number in story[turn]["waybills"]}
    numbering = [order for order in orders.values() if NUMBERED in order.labels]
    return ours & {parcel.waybill_no or "" for order in numbering for parcel in order.shipments}


def _issued(control: httpx.Client) -> set[str]:
    """Numbers that are good: those of carriers, and those that platforms gave out in the names of any."""
    rows: list[Any] = []
    for account in control.get("/_sandbox/carriers").json():
        rows += control.get(f"/_sandbox/{account['carrier']}/orders").json()
    numbers = {row["order_id"] for row in rows if not row.get("cancelled")}
    given = control.get("/_sandbox/waybills").json()
    return numbers | {row["number"] for row in given if not row["cancelled"]}


def _unknown_parcels(orders: dict[str, Order], story: dict[str, Any]) -> int:
    """Waybills of ours that do not come back in the platform's orders."""
    ours = {number for turn in ("first", "second") for number in story[turn]["waybills"]}
    return len(ours - {shipment.waybill_no for order in orders.values() for shipment in order.shipments})


def _wrong_listings(hub: Hub, control: httpx.Client) -> int:
    """Quantities on the platforms that are not what is available; where no list tells them, the sandbox does."""
    shown = available_by_sku(hub.ops.plan, hub.stock.snapshot())
    wrong = 0
    for shop in hub.shops.values():
        if shop.capabilities["listings"].available:
            told = [(listing.sku, listing.quantity) for listing in shop.listings()]
        else:
            sold = {
                line.sku for order in hub.orders(platform=shop.platform, shop_id=shop.shop_id) for line in order.lines
            }
            told = [row for row in _truth_of_stock(control, shop) if row[0] in sold]
        wrong += sum(1 for sku, quantity in told if sku in shown and quantity not in (None, shown[sku]))
    return wrong


def _truth_of_stock(control: httpx.Client, shop: Any) -> list[tuple[str | None, int]]:
    """(merchant SKU, quantity) of the sandbox's own rows; the SKU stands under another name on each platform."""
    rows = control.get(f"/_sandbox/{shop.platform}/stock", params={"shop_id": shop.shop_id}).json()
    return [(next((v for v in row.values() if v in GOODS), None), row["quantity"]) for row in rows]
