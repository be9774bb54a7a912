"""Lazada Open Platform as an emulator; `build` is the one way in. Read from docs/platforms/lazada.md alone."""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.lazada.gateway import Lazada
from orderhub.sandbox.platforms.lazada.seed import seed_awkward, seed_goods, seed_orders
from orderhub.sandbox.platforms.lazada.spec import SWITCHES
from orderhub.sandbox.platforms.lazada.state import Market
from orderhub.sandbox.platforms.lazada.tokens import Tokens

__all__ = ["SWITCHES", "build"]


def build(setup: Setup) -> Emulator:
    """Shops with goods and the orders that the set-up asks for."""
    shops = tuple(f"lzd-{number}" for number in range(1, setup.shops + 1))
    market = Market(setup, shops)
    for shop in shops:
        seed_goods(market, shop, setup.rng)
        seed_orders(market, shop, setup.rng, setup.orders)
        if setup.awkward:
            seed_awkward(market, shop, setup.rng)
    return Lazada(setup, market, Tokens(setup, shops))
