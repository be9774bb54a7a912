"""Mutations of quantities: set and adjust, all rows or none. Source: docs/platforms/shopify.md, Stock.

Up to 2026-01 a row carries compareQuantity, or the input ignoreCompareQuantity; from 2026-04 every row carries
changeFromQuantity (null means no check) and the mutation its @idempotent key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from orderhub.sandbox.platforms.shopify.ask import Ask, Said, needed, said
from orderhub.sandbox.platforms.shopify.execute import QueryError
from orderhub.sandbox.platforms.shopify.spec import carries_change
from orderhub.sandbox.platforms.shopify.state import Doc

__all__ = ["STOCKS", "once"]

Arguments = Mapping[str, Any]
QUANTITY_MAX = 1_000_000_000
PAYLOAD = "inventoryAdjustmentGroup"


def once(ask: Ask, name: str, arguments: Arguments, directives: Arguments, act: Callable[[], Doc]) -> Doc:
    """From 2026-04: the same key gives the first answer again; a key with other arguments is refused."""
    if not carries_change(ask.version):
        return act()
    key = (directives.get("idempotent") or {}).get("key")
    if not isinstance(key, str) or not key:
        text = f"The @idempotent directive with a key is required for {name}"
        raise QueryError(text, ask.switch("missing_key_code"))
    told, kept = json.dumps(arguments, sort_keys=True), ask.market.keys.get((ask.shop_id, key))
    if kept is not None:
        if kept[0] != name + told:
            return said(_payload(name), Said("The key was used with other arguments.", code="IDEMPOTENCY_KEY_REUSED"))
        again: Doc = kept[1]
        return again
    found = act()
    if not found["userErrors"]:
        ask.market.keys[ask.shop_id, key] = (name + told, found)
    return found


def _payload(name: str) -> str:
    return "refund" if name == "refundCreate" else PAYLOAD


def set_all(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc:
    """inventorySetQuantities."""
    return once(
        ask, "inventorySetQuantities", arguments, directives, lambda: _set(ask, needed(arguments, "input", dict))
    )


def _set(ask: Ask, told: Doc) -> Doc:
    name = told.get("name")
    rows = needed(told, "quantities", list)
    _checked_shape(ask, told, rows)
    try:
        if name not in ("available", "on_hand"):
            raise Said(
                "The quantity name must be either 'available' or 'on_hand'.", "input", "name", code="INVALID_NAME"
            )
        _reason(told)
        found = [_row(ask, told, row, index) for index, row in enumerate(rows)]
    except Said as error:
        return said(PAYLOAD, error)
    return _done(ask, told, [(one, _delta(one, str(name), units)) for one, units in found], str(name))


def _delta(one: Doc, name: str, units: int) -> int:
    """What a target changes; what orders hold is not for sale."""
    return int(units - one["_available"] - (one["_committed"] if name == "on_hand" else 0))


def _checked_shape(ask: Ask, told: Doc, rows: list[Any]) -> None:
    """Fields that this version of the input has, and must have."""
    newer = carries_change(ask.version)
    own = {"name", "reason", "referenceDocumentUri", "quantities"} | (set() if newer else {"ignoreCompareQuantity"})
    row_keys = {"inventoryItemId", "locationId", "quantity", "changeFromQuantity" if newer else "compareQuantity"}
    for given, known in ((told, own), *((row, row_keys) for row in rows)):
        if not isinstance(given, dict) or set(given) - known:
            strange = min(set(given) - known) if isinstance(given, dict) else given
            raise QueryError(f"Field is not defined on the input of {ask.version}: {strange}", "INVALID_VARIABLE")
    for index, row in enumerate(rows):
        if newer and "changeFromQuantity" not in row:
            raise QueryError(f"quantities.{index}.changeFromQuantity is required (it may be null)", "INVALID_VARIABLE")


def _reason(told: Doc) -> None:
    if not told.get("reason"):
        raise Said("A reason is required.", "input", "reason", code="INVALID_REASON")


def _row(ask: Ask, told: Doc, row: Doc, index: int) -> tuple[Doc, int]:
    """The level and its target; a wrong idea of what is there now is refused."""
    place = ("input", "quantities", str(index))
    one, units = _level(ask, row, place), row.get("quantity")
    if isinstance(units, bool) or not isinstance(units, int) or abs(units) > QUANTITY_MAX:
        raise Said("The quantity is not valid.", *place, "quantity", code="INVALID_QUANTITY")
    if units < 0:
        raise Said("The quantity can't be negative.", *place, "quantity", code="INVALID_QUANTITY_NEGATIVE")
    now = one["_available"] + (one["_committed"] if told["name"] == "on_hand" else 0)
    newer = carries_change(ask.version)
    expected = row.get("changeFromQuantity" if newer else "compareQuantity")
    if not newer and expected is None and not told.get("ignoreCompareQuantity"):
        text = "The compareQuantity argument must be given, or ignoreCompareQuantity set to true."
        raise Said(text, *place, "compareQuantity", code="COMPARE_QUANTITY_REQUIRED")
    if expected is not None and expected != now and not (not newer and told.get("ignoreCompareQuantity")):
        code = "CHANGE_FROM_QUANTITY_STALE" if newer else ask.switch("compare_code")
        raise Said("The quantity has changed since it was read.", *place, code=code)
    return one, units


def _level(ask: Ask, row: Doc, place: tuple[str, ...]) -> Doc:
    item = ask.find("InventoryItem", row.get("inventoryItemId"))
    if item is None:
        raise Said("The inventory item could not be found.", *place, "inventoryItemId", code="INVALID_INVENTORY_ITEM")
    location = ask.find("Location", row.get("locationId"))
    if location is None:
        raise Said("The location could not be found.", *place, "locationId", code="INVALID_LOCATION")
    one = next((level for level in item["inventoryLevels"] if level["location"] is location), None)
    if one is None or not item["tracked"]:
        text = "The inventory item is not stocked at the location, or not tracked."
        raise Said(text, *place, "locationId", code="ITEM_NOT_STOCKED_AT_LOCATION")
    found: Doc = one
    return found


def adjust(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc:
    """inventoryAdjustQuantities: deltas of `available`."""

    def act() -> Doc:
        told = needed(arguments, "input", dict)
        rows = needed(told, "changes", list)
        try:
            if told.get("name") != "available":
                raise Said("The sandbox adjusts 'available' only.", "input", "name", code="INVALID_NAME")
            _reason(told)
            found = []
            for index, row in enumerate(rows):
                units = row.get("delta")
                if isinstance(units, bool) or not isinstance(units, int):
                    raise Said("The delta is not valid.", "input", "changes", str(index), "delta", code="INVALID_DELTA")
                found.append((_level(ask, row, ("input", "changes", str(index))), units))
        except Said as error:
            return said(PAYLOAD, error)
        return _done(ask, told, found, "available")

    return once(ask, "inventoryAdjustQuantities", arguments, directives, act)


def _done(ask: Ask, told: Doc, rows: list[tuple[Doc, int]], name: str) -> Doc:
    stamp, changes = ask.market.stamp(), []
    for one, delta in rows:
        one["_available"] += delta
        one["updatedAt"] = stamp
        after = one["_available"] + (one["_committed"] if name == "on_hand" else 0)
        changes.append({
            "name": name, "delta": delta, "quantityAfterChange": after, "item": one["item"],
            "location": one["location"],
        })  # fmt: skip
    group = ask.market.new(
        ask.shop_id, "InventoryAdjustmentGroup", createdAt=stamp, reason=told.get("reason"),
        referenceDocumentUri=told.get("referenceDocumentUri"), changes=changes,
    )  # fmt: skip
    return {PAYLOAD: group, "userErrors": []}


STOCKS = {"inventorySetQuantities": set_all, "inventoryAdjustQuantities": adjust}
"""Root mutation fields of this module. Codes of userErrors but the stale one are our reading."""
