"""Names of places inside warehouses: lots, single units, defective units, units on their way. Pure, imports nothing.

A place is (sku, warehouse). Four kinds have names of their own in the warehouse's position, each with a reserved
beginning, so that every ledger keeps them as it keeps the rest: `@lot:2026-05-01:L7:sh` and `@serial:SN1:sh` are units
in `sh` that may be sold, `@defective:sh` are units there that may not, `@transit:sh:gz` are units between the two.
What may not be sold is on hand and reserved at once: nothing of it is ever available.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

__all__ = [
    "DEFECTIVE",
    "LOT",
    "SERIAL",
    "TRANSIT",
    "PlaceName",
    "defective_place",
    "lot_place",
    "parse_place",
    "serial_place",
    "transit_place",
]

LOT: Final = "@lot:"
SERIAL: Final = "@serial:"
DEFECTIVE: Final = "@defective:"
TRANSIT: Final = "@transit:"
_RESERVED = (LOT, SERIAL, DEFECTIVE, TRANSIT)
_LOT = re.compile(r"@lot:(\d{4}-\d\d-\d\d|):([^:]+):(.+)", re.DOTALL)
_SERIAL = re.compile(r"@serial:([^:]+):(.+)", re.DOTALL)
_DEFECTIVE = re.compile(r"@defective:(.+)", re.DOTALL)
_TRANSIT = re.compile(r"@transit:([^:]+):(.+)", re.DOTALL)


class PlaceName(NamedTuple):
    """What the name of a place says.

    Attributes:
        kind: `storage`, `lot`, `serial`, `defective` or `transit`.
        warehouse: Where the units are, or where they are going.
        lot, expires_on: Of a lot; None elsewhere, and for a lot that does not expire.
        serial: Of a single unit.
        origin: Where units on their way come from.
    """

    kind: str
    warehouse: str
    lot: str | None = None
    expires_on: date | None = None
    serial: str | None = None
    origin: str | None = None

    @property
    def inside(self) -> str:
        """The same compartment without what it is on its way from: where the units will be, or are."""
        return self.at(self.warehouse)

    def at(self, warehouse: str) -> str:
        """The same lot or unit in another warehouse; elsewhere, that warehouse."""
        if self.lot is not None:
            return lot_place(warehouse, self.lot, self.expires_on)
        return warehouse if self.serial is None else serial_place(warehouse, self.serial)


def lot_place(warehouse: str, lot: str, expires_on: date | None = None) -> str:
    """The place of a lot in `warehouse`; `expires_on` is its last day of sale."""
    return f"{LOT}{'' if expires_on is None else expires_on.isoformat()}:{_masked(lot)}:{warehouse}"


def serial_place(warehouse: str, serial: str) -> str:
    """The place of one unit with a serial number in `warehouse`; it holds one unit at most."""
    return f"{SERIAL}{_masked(serial)}:{warehouse}"


def defective_place(warehouse: str) -> str:
    """The place of units in `warehouse` that are not sold."""
    return f"{DEFECTIVE}{warehouse}"


def transit_place(origin: str, target: str) -> str:
    """The place of units that have left `origin` and not come to `target`; a lot or unit stays one on its way."""
    return f"{TRANSIT}{_masked(parse_place(origin).warehouse)}:{target}"


@lru_cache(maxsize=1 << 14)
def parse_place(name: str) -> PlaceName:
    """What `name` says.

    Raises:
        ValueError: It has a reserved beginning and does not go on as such names do.
    """
    if not name.startswith(_RESERVED):
        return PlaceName("storage", name)
    told = _read(name)
    if _written(told) != name:
        raise ValueError(f"{name!r} begins like a reserved name of a place and is none")
    return told


def _written(told: PlaceName) -> str:
    if told.kind == "defective":
        return defective_place(told.warehouse)
    return told.inside if told.origin is None else transit_place(told.origin, told.inside)


def _read(name: str) -> PlaceName:
    if found := _LOT.fullmatch(name):
        day, lot, warehouse = found.groups()
        return PlaceName("lot", _plain(warehouse), _bare(lot), date.fromisoformat(day) if day else None)
    if found := _SERIAL.fullmatch(name):
        return PlaceName("serial", _plain(found[2]), serial=_bare(found[1]))
    if found := _DEFECTIVE.fullmatch(name):
        return PlaceName("defective", _plain(found[1]))
    if found := _TRANSIT.fullmatch(name):
        inside = parse_place(found[2])
        if inside.kind in {"storage", "lot", "serial"}:
            return inside._replace(kind="transit", origin=_bare(found[1]))
    raise ValueError(f"{name!r} begins like a reserved name of a place and is none")


def _plain(warehouse: str) -> str:
    if warehouse.startswith(_RESERVED):
        raise ValueError(f"{warehouse!r} is no warehouse")
    return warehouse


def _masked(text: str) -> str:
    return text.replace("%", "%25").replace(":", "%3A")


def _bare(text: str) -> str:
    return text.replace("%3A", ":").replace("%25", "%")
