"""What the console asks beyond the control API of old: what there is, the newest orders, an order's canonical view.

Imports the sandbox's own modules and `errors`. Canonical orders are the connectors' business, which the sandbox never
imports: whoever builds the world may hand in a callable, `World(canonical=…)`, and its answer is passed on unread.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orderhub.errors import OrderHubError
from orderhub.sandbox.emulator import ControlError, Emulator
from orderhub.sandbox.faults import FAULTS

if TYPE_CHECKING:
    from orderhub.sandbox.world import World

__all__ = ["CONSOLE", "Canonical"]

Canonical = Callable[[Mapping[str, Any], bytes], Mapping[str, Any]]
"""From an account, as `GET /_sandbox/shops` shows it, and a native order: `{"orders": […], "findings": […]}`."""
ROWS_MAX = 200


def _catalogue(world: World, parts: tuple[str, ...], query: Mapping[str, str], body: Mapping[str, Any]) -> Any:
    """Platforms and carriers with what they offer, and every fault."""
    return {
        "platforms": [_offer(world.emulators[name]) for name in world.platforms],
        "carriers": list(world.carriers),
        "faults": {name: asdict(fault) for name, fault in FAULTS.items()},
        "canonical": world.canonical is not None,
    }


def _offer(emulator: Emulator) -> dict[str, Any]:
    return {
        "name": emulator.name,
        "shops": [str(entry["shop_id"]) for entry in emulator.accounts()],
        "actions": list(getattr(emulator, "actions", ())),
        "faults": sorted(emulator.faults),
        "stock_keys": list(getattr(emulator, "stock_keys", ())),
    }


def _recent(world: World, parts: tuple[str, ...], query: Mapping[str, str], body: Mapping[str, Any]) -> Any:
    """Orders, last changed first: `{"total", "rows"}`; `find` is part of a number. Rows carry the canonical status."""
    skip, most, wanted = _number(query, "skip", 0), _number(query, "limit", 25), query.get("find", "").strip()
    rows = [row for row in _emulator(world, parts[0]).records(query.get("shop_id") or None)
            if wanted in str(row["order_id"])]  # fmt: skip
    rows.sort(key=lambda row: str(row["modified"]), reverse=True)
    shown = rows[skip : skip + min(most, ROWS_MAX)]
    return {"total": len(rows), "rows": [{**row, **_status(world, parts[0], row)} for row in shown]}


def _number(query: Mapping[str, str], name: str, otherwise: int) -> int:
    text = query.get(name, str(otherwise))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ControlError(f"{name} is {text!r}", "give a number")
    return int(text)


def _status(world: World, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Canonical status and holds of a row, where they are known."""
    if world.canonical is None:
        return {}
    try:
        view = _view(world, name, str(row["shop_id"]), str(row["order_id"]))
    except ControlError:
        return {}
    first: Mapping[str, Any] = next(iter(view.get("orders") or ()), {})
    return {key: first.get(key) for key in ("status", "aftersale_status", "holds")}


def _canonical(world: World, parts: tuple[str, ...], query: Mapping[str, str], body: Mapping[str, Any]) -> Any:
    """One order as the connector of its platform decodes it, with findings."""
    name, order_id = parts
    emulator = _emulator(world, name)
    emulator.record(order_id)
    shop_id = query.get("shop_id") or next(
        (str(row["shop_id"]) for row in emulator.records(None) if str(row["order_id"]) == order_id), ""
    )
    return _view(world, name, shop_id, order_id)


def _view(world: World, name: str, shop_id: str, order_id: str) -> Mapping[str, Any]:
    """What the host's callable makes of the native truth; `_sandbox` stands on no wire and is left out."""
    if world.canonical is None:
        raise ControlError(
            "this sandbox knows no canonical orders", "start it by `orderhub sandbox`, or give World a `canonical`", 404
        )
    emulator = _emulator(world, name)
    account = next((entry for entry in emulator.accounts() if str(entry["shop_id"]) == shop_id), None)
    if account is None:
        raise ControlError(f"no shop {shop_id!r}", f"see GET /_sandbox/{name}/orders", 404)
    native = {key: value for key, value in emulator.record(order_id).items() if key != "_sandbox"}
    try:
        return world.canonical(account, json.dumps(native, ensure_ascii=False, default=_text).encode())
    except OrderHubError as error:
        raise ControlError(f"{type(error).__name__}: {error}", "see the native order", 422) from error


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _emulator(world: World, name: str) -> Emulator:
    if name not in world.emulators:
        raise ControlError(f"no platform or carrier {name!r}", "use one of " + ", ".join(world.emulators), 404)
    return world.emulators[name]


CONSOLE = (
    ("GET", "/catalogue", _catalogue),
    ("GET", "/{}/recent", _recent),
    ("GET", "/{}/orders/{}/canonical", _canonical),
)
"""Routes for the table of `control`."""
