"""Names of regions to the platform's numbers, for changing an address. Imports `kit`, `flow`, `models`.

Source: docs/platforms/pinduoduo.md#address. Names are looked up as they are written in the platform's own list:
nothing is guessed from parts of a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.pinduoduo.base import PinduoduoBase
from orderhub.connectors.pinduoduo.convert import code
from orderhub.errors import InvalidParameter
from orderhub.flow.steps import Operation
from orderhub.kit.convert import rows_of, text
from orderhub.kit.table import read
from orderhub.models.person import Recipient

__all__ = ["RegionVerbs"]

_LEVELS = (("province", "province", "1"), ("city", "city", "2"), ("district", "town", "3"))
"""Our name, the platform's name, its `region_type`."""
Regions = Mapping[tuple[str, str, str], str]
"""(region_type, parent's number, name) -> number; provinces have the parent ""."""


class RegionVerbs(PinduoduoBase):
    """The platform's list of regions, read once."""

    _regions: Regions | None = None

    def address_fields(self, recipient: Recipient) -> Operation[dict[str, Any]]:
        """The parameters of an address; raises `InvalidParameter` that names what is missing or unknown."""
        address = recipient.address
        needed = {"name": recipient.name, "phone": recipient.phone, "street": address.street,
                  "province": address.province, "city": address.city, "district": address.district}  # fmt: skip
        if missing := [name for name, value in needed.items() if not value]:
            raise _refusal(f"an address needs {', '.join(missing)}", missing[0])
        fields: dict[str, Any] = {
            "receiver_name": recipient.name, "receiver_phone": recipient.phone, "address": address.street,
        }  # fmt: skip
        regions, parent = (yield from self._all_regions()), ""
        for ours, theirs, level in _LEVELS:
            name = needed[ours] or ""
            number = regions.get((level, parent, name))
            if number is None:
                raise _refusal(f"the platform's list has no such {ours} there", ours)
            fields |= {theirs: name, f"{theirs}_id": number}
            parent = number
        return fields

    def _all_regions(self) -> Operation[Regions]:
        if self._regions is None:
            reply = yield from self.call("pdd.logistics.address.get", {})
            found = {}
            for row in rows_of(reply.get("logistics_address_list")):
                level, parent = read(row, "region_type", code) or "", read(row, "parent_id", code) or ""
                name, number = read(row, "region_name", text), read(row, "id", code)
                if name and number and str(row.get("is_enabled", 1)).lower() in ("1", "true"):
                    found[level, "" if level == "1" else parent, name] = number
            self._regions = found
        return self._regions


def _refusal(told: str, field: str) -> InvalidParameter:
    return InvalidParameter(told, platform="pinduoduo", operation="change_address", field=f"Recipient.{field}")
