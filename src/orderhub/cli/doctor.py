"""What may be wrong with an installation, checked one by one; reads only. Imports `hub`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from orderhub.errors import OrderHubError, UnsupportedOperation
from orderhub.hub.core import Hub
from orderhub.hub.registry import broken

__all__ = ["examine"]

_SOON = timedelta(days=3)
_SKEW_MAX_S = 60.0


def examine(config: Path) -> list[dict[str, Any]]:
    """One row per check: what, state (ok, warning, bad), what was seen and what to do."""
    rows = [_row(f"plug-in {name}", "bad", why) for name, why in broken().items()]
    try:
        hub = Hub.from_config(config)
    except OrderHubError as error:
        return [*rows, _row("configuration", "bad", str(error))]
    with hub:
        rows.append(_row("configuration", "ok", f"{len(hub.shops)} shops, {len(hub.settings.warehouses)} warehouses"))
        rows.append(_attempt("database", lambda: f"schema is current, {len(hub.stores.runs(limit=1))} last run"))
        rows.append(_attempt("stock ledger", lambda: f"{len(hub.stock.levels())} levels"))
        for key, shop in hub.shops.items():
            rows += _shop(key, shop)
    return rows


def _row(what: str, state: str, seen: str) -> dict[str, Any]:
    return {"check": what, "state": state, "seen": seen}


def _attempt(what: str, look: Callable[[], str]) -> dict[str, Any]:
    try:
        return _row(what, "ok", look())
    except OrderHubError as error:
        return _row(what, "bad", f"{type(error).__name__}: {error}")


def _shop(key: str, shop: Any) -> list[dict[str, Any]]:
    """Reachability and clock by the platform's own time, credentials and scope by a small read, the token's life."""
    rows = [_clock(key, shop), _attempt(f"{key} credentials and scope", lambda: _small_read(shop))]
    expires = shop.credentials_expire_at
    if expires is not None:
        left = expires - datetime.now(UTC)
        state = "bad" if left < timedelta(0) else "warning" if left < _SOON else "ok"
        rows.append(_row(f"{key} token", state, f"lapses {expires:%Y-%m-%d %H:%M} UTC"))
    else:
        rows.append(_row(f"{key} token", "warning", "the platform did not tell when it lapses; give expires_at"))
    return rows


def _clock(key: str, shop: Any) -> dict[str, Any]:
    try:
        ahead = (shop.server_time() - datetime.now(UTC)).total_seconds()
    except UnsupportedOperation:
        return _row(f"{key} clock", "ok", "the platform has no clock to compare with")
    except OrderHubError as error:
        return _row(f"{key} reachability", "bad", f"{type(error).__name__}: {error}")
    state = "ok" if abs(ahead) < _SKEW_MAX_S else "warning"
    return _row(f"{key} reachability and clock", state, f"reached; its clock is {ahead:+.0f} s from ours")


def _small_read(shop: Any) -> str:
    from orderhub.models import Window

    now = datetime.now(UTC)
    return f"{shop.count_orders(Window(now - timedelta(hours=1), now))} orders changed in the last hour"
