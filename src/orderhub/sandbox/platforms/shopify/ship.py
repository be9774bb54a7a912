"""Mutations of parcels, fulfilment orders and the order itself. Source: docs/platforms/shopify.md, Ship."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.sandbox.platforms.shopify.ask import Ask, Said, needed, said
from orderhub.sandbox.platforms.shopify.execute import QueryError
from orderhub.sandbox.platforms.shopify.moves import (
    Illegal,
    Part,
    fulfil,
    hold,
    parcel_dropped,
    place_at,
    release,
    touch,
    whole,
)
from orderhub.sandbox.platforms.shopify.spec import HOLD_REASONS, SHIPPABLE
from orderhub.sandbox.platforms.shopify.state import Doc, Order

__all__ = ["SHIPS"]

Arguments = Mapping[str, Any]


def _tracking(given: Any) -> list[Doc]:
    """One row a number: `number` and `numbers`, `url` and `urls` together."""
    told = given if isinstance(given, dict) else {}
    if strange := set(told) - {"company", "number", "numbers", "url", "urls"}:
        raise QueryError(f"Field is not defined on FulfillmentTrackingInput: {min(strange)}", "INVALID_VARIABLE")
    numbers = list(told.get("numbers") or ()) or ([told["number"]] if told.get("number") else [])
    urls = list(told.get("urls") or ()) or ([told["url"]] if told.get("url") else [])
    return [
        {"company": told.get("company"), "number": one, "url": urls[index] if index < len(urls) else None}
        for index, one in enumerate(numbers)
    ]


def create(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc:
    """fulfillmentCreate: units of fulfilment orders of one order leave in one parcel."""
    told = needed(arguments, "fulfillment", dict)
    rows = needed(told, "lineItemsByFulfillmentOrder", list)
    try:
        tracking = _tracking(told.get("trackingInfo"))
        parts = [part for row in rows for part in _parts(ask, row)]
        order = _one_order(ask, parts)
    except Said as error:
        return said("fulfillment", error)
    return {"fulfillment": fulfil(ask.market, order, parts, ask.market.stamp(), tracking), "userErrors": []}


def _parts(ask: Ask, row: Any) -> list[Part]:
    waiting = ask.find("FulfillmentOrder", row.get("fulfillmentOrderId") if isinstance(row, dict) else None)
    if waiting is None:
        raise Said("Fulfillment order does not exist.", "fulfillment")
    if waiting["status"] not in SHIPPABLE:
        text = f"Fulfillment order {waiting['id']} has an unfulfillable status= {waiting['status'].lower()}."
        raise Said(text, "fulfillment")
    lines = row.get("fulfillmentOrderLineItems")
    if not lines:
        return whole(waiting)
    found: list[Part] = []
    for one in lines:
        line = next((it for it in waiting["lineItems"] if it["id"] == one.get("id")), None)
        units = one.get("quantity")
        if line is None:
            raise Said("Fulfillment order line item does not exist.", "fulfillment")
        before = sum(count for _, it, count in found if it is line)
        if isinstance(units, bool) or not isinstance(units, int) or not 0 < units <= line["remainingQuantity"] - before:
            raise Said("Invalid fulfillment order line item quantity requested.", "fulfillment")
        found.append((waiting, line, units))
    return found


def _one_order(ask: Ask, parts: list[Part]) -> Order:
    owners = {waiting["_order"] for waiting, _, _ in parts}
    places = {waiting["assignedLocation"]["location"]["id"] for waiting, _, _ in parts}
    if len(owners) != 1:
        raise Said("The fulfillment must be of one order.", "fulfillment")
    if len(places) > 1 and ask.switch("one_location"):
        raise Said("All fulfillment orders must be assigned to the same location.", "fulfillment")
    return ask.market.orders[owners.pop()]


def _parcel(ask: Ask, given: Any, field: str) -> Doc:
    found = ask.find("Fulfillment", given)
    if found is None:
        raise Said("Fulfillment does not exist.", field)
    return found


def track(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc:
    """fulfillmentTrackingInfoUpdate: other numbers for a parcel."""
    try:
        parcel = _parcel(ask, arguments.get("fulfillmentId"), "fulfillmentId")
        if parcel["status"] != "SUCCESS":
            raise Said("Fulfillment is cancelled.", "fulfillmentId")
        parcel["trackingInfo"] = _tracking(needed(arguments, "trackingInfoInput", dict))
    except Said as error:
        return said("fulfillment", error)
    parcel["updatedAt"] = ask.market.stamp()
    order = ask.order_of(parcel)
    touch(ask.market, order, ask.market.stamp())
    ask.market.heard(order, "fulfillments/update", parcel)
    return {"fulfillment": parcel, "userErrors": []}


def _tried(name: str, act: Callable[[], Doc]) -> Doc:
    """What a state forbids becomes a userError."""
    try:
        return {name: act(), "userErrors": []}
    except Said as error:
        return said(name, error)
    except Illegal as error:
        return said(name, Said(str(error), "id"))


def drop(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc:
    """fulfillmentCancel: the units wait again."""

    def act() -> Doc:
        parcel = _parcel(ask, arguments.get("id"), "id")
        parcel_dropped(ask.market, ask.order_of(parcel), parcel, ask.market.stamp())
        return parcel

    return _tried("fulfillment", act)


def _waiting(ask: Ask, given: Any) -> Doc:
    found = ask.find("FulfillmentOrder", given)
    if found is None:
        raise Said("Fulfillment order does not exist.", "id")
    return found


def hold_one(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc:
    """fulfillmentOrderHold: a reason of the list."""
    told = needed(arguments, "fulfillmentHold", dict)
    if told.get("reason") not in HOLD_REASONS:
        raise QueryError(f"reason {told.get('reason')!r} is not known", "INVALID_VARIABLE")

    def act() -> Doc:
        waiting = _waiting(ask, arguments.get("id"))
        stamp, notes = ask.market.stamp(), str(told.get("reasonNotes") or "")
        hold(ask.market, ask.order_of(waiting), waiting, told["reason"], stamp, notes)
        return waiting

    return _tried("fulfillmentOrder", act)


def release_one(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc:
    """fulfillmentOrderReleaseHold."""

    def act() -> Doc:
        waiting = _waiting(ask, arguments.get("id"))
        release(ask.market, ask.order_of(waiting), waiting, ask.market.stamp())
        return waiting

    return _tried("fulfillmentOrder", act)


def move(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc:
    """fulfillmentOrderMove: a whole fulfilment order to another location; parts of one are not on the page."""
    empty: Doc = {"originalFulfillmentOrder": None, "remainingFulfillmentOrder": None}
    if arguments.get("fulfillmentOrderLineItems"):
        raise QueryError("the sandbox moves whole fulfilment orders only", "BAD_REQUEST")

    def act() -> Doc:
        waiting, location = _waiting(ask, arguments.get("id")), ask.find("Location", arguments.get("newLocationId"))
        if location is None:
            raise Said("Location does not exist.", "newLocationId")
        place_at(ask.market, ask.order_of(waiting), waiting, location, ask.market.stamp())
        return waiting

    told = _tried("movedFulfillmentOrder", act)
    return {**empty, **told, "originalFulfillmentOrder": told["movedFulfillmentOrder"]}


_ADDRESS = frozenset({
    "firstName", "lastName", "company", "address1", "address2", "city", "province", "provinceCode", "zip", "country",
    "countryCode", "phone",
})  # fmt: skip


def update(ask: Ask, arguments: Arguments, directives: Arguments) -> Doc:
    """orderUpdate: note, tags, e-mail, attributes, address."""
    told = needed(arguments, "input", dict)
    if strange := set(told) - {"id", "note", "tags", "email", "phone", "customAttributes", "shippingAddress"}:
        raise QueryError(f"Field is not defined on OrderInput: {min(strange)}", "INVALID_VARIABLE")
    found = ask.find("Order", told.get("id"))
    if found is None:
        return said("order", Said("Order does not exist", "id"))
    order = ask.market.orders[found["legacyResourceId"]]
    address = told.get("shippingAddress")
    if address is not None:
        if strange := set(address) - _ADDRESS:
            raise QueryError(f"Field is not defined on MailingAddressInput: {min(strange)}", "INVALID_VARIABLE")
        order.doc["shippingAddress"] = _readdressed(order.doc["shippingAddress"], address)
    order.doc.update({name: told[name] for name in ("note", "email", "phone", "customAttributes") if name in told})
    if "tags" in told:
        tags = told["tags"] or []
        order.doc["tags"] = [one.strip() for one in (tags.split(",") if isinstance(tags, str) else tags)]
    touch(ask.market, order, ask.market.stamp())
    return {"order": order.doc, "userErrors": []}


def _readdressed(old: Doc | None, given: Mapping[str, Any]) -> Doc:
    """Fields that are given replace those that were; the name follows."""
    made = {**(old or {}), **{name: value for name, value in given.items() if name != "countryCode"}}
    if "countryCode" in given:
        made["countryCodeV2"] = given["countryCode"]
    if "firstName" in given or "lastName" in given:
        made["name"] = " ".join(one for one in (made.get("firstName"), made.get("lastName")) if one)
    return made


SHIPS: dict[str, Callable[[Ask, Arguments, Arguments], Doc]] = {
    "fulfillmentCreate": create,
    "fulfillmentTrackingInfoUpdate": track,
    "fulfillmentCancel": drop,
    "fulfillmentOrderHold": hold_one,
    "fulfillmentOrderReleaseHold": release_one,
    "fulfillmentOrderMove": move,
    "orderUpdate": update,
}
"""Root mutation fields of this module."""
