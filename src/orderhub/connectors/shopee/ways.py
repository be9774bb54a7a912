"""How one package leaves: which way, and the keys that it wants. Pure. Source: docs/platforms/shopee.md#shipping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.shopee.spec import WAYS
from orderhub.errors import InvalidParameter
from orderhub.kit.convert import rows_of
from orderhub.models.channel import Dispatch

__all__ = ["order_of"]


def order_of(told: Mapping[str, Any], settings: Mapping[str, Any], parcel: Dispatch) -> tuple[str, dict[str, Any]]:
    """(way, its object) for `logistics/ship_order`: just the keys that the platform names.

    Args:
        told: The answer of `logistics/get_shipping_parameter`.
    Raises:
        InvalidParameter: The package does not leave by the way that is set, or a key has no value.
    """
    needed = told.get("info_needed")
    offered = {way: rows_of(needed[way]) for way in WAYS if way in needed} if isinstance(needed, Mapping) else {}
    chosen = settings["ship_way"]
    way = next(iter(_best(offered)), None) if chosen == "auto" else chosen if chosen in offered else None
    if way is None:
        raise InvalidParameter(
            f"the package leaves by {', '.join(offered) or 'no way that is documented'}, not by {chosen}",
            platform="shopee", field="ship_way",
        )  # fmt: skip
    values = {"tracking_number": parcel.waybill_no, **_values(told, settings)}
    given = {str(name): values.get(str(name)) for name in offered[way]}
    if lacking := [name for name, value in given.items() if value in (None, "")]:
        raise InvalidParameter(f"the package wants {', '.join(lacking)}: set them", platform="shopee", field=lacking[0])
    return way, given


def _best(offered: Mapping[str, list[Any]]) -> list[str]:
    """Ways that take the merchant's own number before those that do not."""
    return sorted(offered, key=lambda way: ("tracking_number" not in offered[way], WAYS.index(way)))


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
