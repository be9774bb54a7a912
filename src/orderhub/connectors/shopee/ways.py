"""How one package leaves: which way, and the keys that it wants. Pure. Source: docs/platforms/shopee.md#shipping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.shopee.spec import WAYS
from orderhub.errors import InvalidParameter, NotServiceable
from orderhub.kit.convert import rows_of
from orderhub.kit.waybills import OWN_NUMBER
from orderhub.models.channel import Dispatch

__all__ = ["order_of", "own_number", "platform_way"]

NUMBER = "tracking_number"


def order_of(told: Mapping[str, Any], settings: Mapping[str, Any], parcel: Dispatch) -> tuple[str, dict[str, Any]]:
    """(way, its object) for `logistics/ship_order`: just the keys that the platform names.

    Args:
        told: The answer of `logistics/get_shipping_parameter`.
    Raises:
        InvalidParameter: The package does not leave by the way that is set, or a key has no value.
    """
    offered = _offered(told)
    chosen = settings["ship_way"]
    way = next(iter(_best(offered)), None) if chosen == "auto" else chosen if chosen in offered else None
    if way is None:
        raise InvalidParameter(
            f"the package leaves by {', '.join(offered) or 'no way that is documented'}, not by {chosen}",
            platform="shopee", field="ship_way",
        )  # fmt: skip
    return way, _filled(offered[way], {NUMBER: parcel.waybill_no, **_values(told, settings)})


def platform_way(
    told: Mapping[str, Any], settings: Mapping[str, Any], sender: str | None
) -> tuple[str, dict[str, Any]]:
    """(way, its object) of a package whose number the platform gives: the way that is set, else the first that can be.

    Args:
        sender: Who brings it to a branch, where the setting names nobody.
    Raises:
        NotServiceable: Code `own_number`: every way that is offered and wanted takes the merchant's own number.
        InvalidParameter: No way is left, or a key has no value.
    """
    offered, chosen = _offered(told), settings["ship_way"]
    wanted = {way: keys for way, keys in offered.items() if chosen in ("auto", way)}
    ways = {way: keys for way, keys in wanted.items() if NUMBER not in keys}
    if wanted and not ways:
        raise own_number()
    values = _values(told, settings)
    values["sender_real_name"] = values["sender_real_name"] or sender
    refusal = InvalidParameter(
        f"the package leaves by {', '.join(offered) or 'no way that is documented'}, not by {chosen}",
        platform="shopee", field="ship_way",
    )  # fmt: skip
    for way, keys in ways.items():
        try:
            return way, _filled(keys, values)
        except InvalidParameter as error:
            refusal = error
    raise refusal


def own_number() -> NotServiceable:
    """The package leaves under a number of the merchant's."""
    return NotServiceable(
        "the package leaves under a number of the merchant's own carrier", platform="shopee",
        operation="create_waybills", code=OWN_NUMBER,
    )  # fmt: skip


def _offered(told: Mapping[str, Any]) -> dict[str, list[Any]]:
    needed = told.get("info_needed")
    return {way: rows_of(needed[way]) for way in WAYS if way in needed} if isinstance(needed, Mapping) else {}


def _filled(keys: list[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    given = {str(name): values.get(str(name)) for name in keys}
    if lacking := [name for name, value in given.items() if value in (None, "")]:
        raise InvalidParameter(f"the package wants {', '.join(lacking)}: set them", platform="shopee", field=lacking[0])
    return given


def _best(offered: Mapping[str, list[Any]]) -> list[str]:
    """Ways that take the merchant's own number before those that do not."""
    return sorted(offered, key=lambda way: (NUMBER not in offered[way], WAYS.index(way)))


def _values(told: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """What is set, or the first that the platform offers."""
    addresses, branches = _listed(told, "pickup", "address_list"), _listed(told, "dropoff", "branch_list")
    wanted = settings["pickup_address_id"]
    address: Mapping[str, Any] = next(
        (row for row in addresses if wanted in (None, "") or str(row.get("address_id")) == str(wanted)), {}
    )
    slots = [row for row in rows_of(address.get("time_slot_list")) if isinstance(row, Mapping)]
    return {
        "address_id": address.get("address_id", wanted),
        "pickup_time_id": settings["pickup_time_id"] or next((row.get("pickup_time_id") for row in slots), None),
        "branch_id": settings["branch_id"] or next((row.get("branch_id") for row in branches), None),
        "sender_real_name": settings["sender_real_name"], "slug": settings["slug"],
    }  # fmt: skip


def _listed(told: Mapping[str, Any], way: str, name: str) -> list[Mapping[str, Any]]:
    offered = told.get(way)
    rows = rows_of(offered.get(name)) if isinstance(offered, Mapping) else []
    return [row for row in rows if isinstance(row, Mapping)]
