"""Parcels of an order: rows under one meta key, since the core has no word for them. Pure; imports `kit`, `models`.

The value is a list of `{carrier, carrier_name, waybill_no, shipped_at, lines: [[line id, units], …], serial_numbers}`.
What a plugin shows beside it is written, never read: its form is its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orderhub.kit.convert import iso_time, quantity, rows_of
from orderhub.kit.spec import ShopConfig
from orderhub.models.channel import Dispatch

__all__ = [
    "Parcel", "left_of", "meta_of", "meta_row", "name_of", "new_parcel", "parcels_of", "replaced", "sent_units",
    "shipments_of", "written",
]  # fmt: skip

Parcel = dict[str, Any]
Document = Mapping[str, Any]


def meta_of(document: Document, key: str) -> Any:
    """The value under a meta key, None when there is none; the last one wins."""
    found = [row.get("value") for row in rows_of(document.get("meta_data")) if isinstance(row, Mapping)
             and row.get("key") == key]  # fmt: skip
    return found[-1] if found else None


def meta_row(document: Document, key: str, value: Any) -> dict[str, Any]:
    """A row of meta_data to be written: with the id of the row that it replaces."""
    ids = [row["id"] for row in rows_of(document.get("meta_data")) if isinstance(row, Mapping)
           and row.get("key") == key and row.get("id")]  # fmt: skip
    return {"key": key, "value": value} | ({"id": ids[-1]} if ids else {})


def parcels_of(document: Document, key: str) -> list[Parcel]:
    """What stands under the key; rows without a number are nobody's parcels."""
    value = meta_of(document, key)
    rows = value if isinstance(value, list) else []
    return [dict(row) for row in rows if isinstance(row, Mapping) and row.get("waybill_no")]


def _lines(parcel: Parcel) -> tuple[tuple[str, int], ...]:
    rows = parcel.get("lines")
    try:
        return tuple((str(line), quantity(units)) for line, units in rows) if isinstance(rows, list) else ()
    except (TypeError, ValueError):
        return ()


def shipments_of(parcels: Sequence[Parcel]) -> tuple[dict[str, Any], ...]:
    """The parcels as canonical shipments."""
    return tuple(
        {
            "carrier": _text(parcel.get("carrier")), "carrier_name": _text(parcel.get("carrier_name")),
            "waybill_no": str(parcel["waybill_no"]), "shipped_at": _instant(parcel.get("shipped_at")),
            "lines": _lines(parcel),
        }
        for parcel in parcels
    )  # fmt: skip


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _instant(value: Any) -> datetime | None:
    try:
        return iso_time(value) if isinstance(value, str) and value else None
    except ValueError:
        return None


def sent_units(parcels: Sequence[Parcel]) -> dict[str, int]:
    """Units that left, by line id."""
    sent: dict[str, int] = {}
    for parcel in parcels:
        for line, units in _lines(parcel):
            sent[line] = sent.get(line, 0) + units
    return sent


def left_of(lines: Sequence[Mapping[str, Any]], parcels: Sequence[Parcel]) -> dict[str, int]:
    """Units still to be sent, by line id: neither sent nor refunded."""
    sent = sent_units(parcels)
    return {
        line["line_id"]: max(0, line["quantity"] - (line.get("refunded_quantity") or 0) - sent.get(line["line_id"], 0))
        for line in lines
    }  # fmt: skip


def new_parcel(dispatch: Dispatch, lines: Mapping[str, int], config: ShopConfig, at: datetime) -> Parcel:
    """A parcel to be written."""
    told: Parcel = {
        "carrier": dispatch.carrier, "carrier_name": name_of(dispatch.carrier, config),
        "waybill_no": dispatch.waybill_no, "shipped_at": at.isoformat(timespec="seconds"),
        "lines": [[line, units] for line, units in lines.items()],
    }  # fmt: skip
    if dispatch.serial_numbers:
        told["serial_numbers"] = [list(pair) for pair in dispatch.serial_numbers]
    return told


def name_of(carrier: str, config: ShopConfig) -> str:
    """What buyers are shown for a carrier."""
    return str(dict(config.settings["carrier_names"]).get(carrier, carrier))


def replaced(parcels: Sequence[Parcel], dispatch: Dispatch, config: ShopConfig) -> list[Parcel]:
    """The parcels with one number corrected; equal ones when the old number is not there."""
    change = {"waybill_no": dispatch.waybill_no, "carrier": dispatch.carrier,
              "carrier_name": name_of(dispatch.carrier, config)}  # fmt: skip
    return [{**one, **change} if one["waybill_no"] == dispatch.replaces else one for one in parcels]


def written(document: Document, parcels: Sequence[Parcel], config: ShopConfig) -> list[dict[str, Any]]:
    """Rows of meta_data that say it: ours, and those of the plugin that the settings name."""
    settings = config.settings
    told = [meta_row(document, str(settings["parcels_key"]), list(parcels))]
    for name, field in (("tracking_number_key", "waybill_no"), ("tracking_carrier_key", "carrier_name")):
        if settings[name]:
            words = dict.fromkeys(str(parcel.get(field) or "") for parcel in parcels)
            told.append(meta_row(document, str(settings[name]), ", ".join(words)))
    return told
