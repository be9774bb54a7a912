"""A hub to practise on: every shop of a sandbox in this process, carriers, a warehouse full of goods. Imports `hub`.

What examples, notebooks and a host's own trials begin with, so that a script runs before anybody has an account.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from orderhub.hub.core import AsyncHub, Hub
from orderhub.models import Receive, StockLine
from orderhub.plugins import find
from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS

__all__ = ["WAREHOUSE", "open_hub", "opening_stock", "practice_hub", "practice_settings", "practice_world"]

H = TypeVar("H", Hub, AsyncHub)

WAREHOUSE: dict[str, Any] = {
    "code": "sh", "name": "上海仓", "phone": "02155550100",
    "address": {"province": "上海市", "city": "上海市", "district": "青浦区", "street": "仓储路1号"},
}  # fmt: skip
"""The one warehouse; labels and waybills bear its address."""
PLATFORMS = ("taobao", "jd", "shopify")


def practice_world(*platforms: str, orders: int = 8, seed: int = 1) -> World:
    """A sandbox with one shop of each platform (three of them when none is named) and two carriers.

    Args:
        orders: Orders of each shop, dated over the last weeks; the difficult ones are among them.
        seed: The same number gives the same world.
    """
    return World(
        seed=seed, platforms=platforms or PLATFORMS, carriers=["sf", "yto"], shops_per_platform=1, orders=orders,
        limits=False, awkward=True,
    )  # fmt: skip


def practice_settings(world: World) -> dict[str, Any]:
    """Arguments of `Hub` and `AsyncHub` that point a hub at `world`; the transport is not among them."""
    shops = [{**find(row["platform"]).spec.samples(), **row} for row in world.shops()]
    return {
        "shops": shops, "warehouses": [WAREHOUSE], "carriers": world.carrier_accounts(),
        "rate_cards": [Path(str(files("orderhub") / "cli" / "data" / "rate_cards.csv"))], "clock": world.clock,
        "backfill": timedelta(days=32),
    }  # fmt: skip


def practice_hub(world: World | None = None, make: Callable[..., H] = Hub, **given: Any) -> H:  # type: ignore[assignment]
    """A hub over `world` that talks to it in process; nothing is stored outside memory unless `database` says so.

    Args:
        world: What `practice_world` gives when left out.
        make: `Hub` or `AsyncHub`.
        given: More arguments of the hub; they win over those of `practice_settings`.
    """
    world = world or practice_world()
    transport = world.async_transport() if make is AsyncHub else world.transport()
    return make(**{**practice_settings(world), "transport": transport, **given})


def open_hub(config: str | None = None) -> Hub:
    """The hub of a configuration file, or without one a hub to practise on, its warehouse filled.

    Raises:
        ConfigurationError: The file or a reference in it is wrong.
    """
    if config:
        return Hub.from_config(config)
    hub = practice_hub()
    hub.stock.apply(opening_stock())
    return hub


def opening_stock(units: int = 50) -> list[Receive]:
    """Stock commands that fill the warehouse with `units` of everything that the sandbox's shops sell.

    The same commands again change nothing: `hub.stock.apply(opening_stock())`.
    """
    lines = tuple(StockLine(sku, str(WAREHOUSE["code"]), units) for sku in GOODS)
    return [Receive("opening", lines)]
