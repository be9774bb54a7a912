"""Kuaishou shop (open platform) as an emulator; `build` is the one way in.

Read from docs/platforms/kuaishou.md alone.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.kuaishou.awkward import seed_awkward
from orderhub.sandbox.platforms.kuaishou.gateway import Kuaishou
from orderhub.sandbox.platforms.kuaishou.seed import seed_goods, seed_orders, shops
from orderhub.sandbox.platforms.kuaishou.spec import SWITCHES
from orderhub.sandbox.platforms.kuaishou.state import Market
from orderhub.sandbox.platforms.kuaishou.tokens import Tokens

__all__ = ["SWITCHES", "build"]


def build(setup: Setup) -> Emulator:
    """Shops with goods and the orders that the set-up asks for."""
    market = Market(setup)
    market.shops = {shop.shop_id: shop for shop in shops(setup.shops)}
    emulator = Kuaishou(setup, market, Tokens(setup, market.shops))
    for shop in market.shops.values():
        seed_goods(market, shop, setup.rng)
        seed_orders(market, shop, setup.rng, setup.orders)
        if setup.awkward:
            seed_awkward(market, shop, setup.rng)
    return emulator
