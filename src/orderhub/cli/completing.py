"""What a shell may offer for a value: shops of the configuration, platforms, words. Reads files, never a secret."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator

from orderhub.models import OrderStatus
from orderhub.plugins import CARRIERS, CONNECTORS, names

__all__ = ["carriers_too", "orders_statuses", "platforms", "shop_keys"]


def shop_keys(incomplete: str) -> list[str]:
    """Keys of the shops in `orderhub.toml`; none where there is no such file."""
    return [key for key in _configured() if key.startswith(incomplete)]


def _configured() -> Iterator[str]:
    try:
        with open(os.environ.get("ORDERHUB_CONFIG", "orderhub.toml"), "rb") as file:
            shops = tomllib.load(file).get("shops", [])
        yield from (f"{shop['platform']}:{shop.get('shop_id', 'default')}" for shop in shops)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return


def orders_statuses(incomplete: str) -> list[str]:
    """Words of the canonical status."""
    return [status.value for status in OrderStatus if status.value.startswith(incomplete)]


def platforms(incomplete: str) -> list[str]:
    """Names of installed connectors."""
    return [name for name in names(CONNECTORS) if name.startswith(incomplete)]


def carriers_too(incomplete: str) -> list[str]:
    """Names of installed connectors and carriers."""
    return [name for name in (*names(CONNECTORS), *names(CARRIERS)) if name.startswith(incomplete)]
