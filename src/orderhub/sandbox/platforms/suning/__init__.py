"""Suning open platform (SOP, shops of the `suning.custom` family) as an emulator; `build` is the one way in.

Read from docs/platforms/suning.md alone.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.suning.awkward import seed_awkward
from orderhub.sandbox.platforms.suning.gateway import Suning
from orderhub.sandbox.platforms.suning.seed import seed_goods, seed_orders, shops, stock_up
from orderhub.sandbox.platforms.suning.spec import SWITCHES
from orderhub.sandbox.platforms.suning.state import Market
from orderhub.sandbox.platforms.suning.tokens import Tokens

__all__ = ["SWITCHES", "build"]


def build(setup: Setup) -> Emulator:
    """Shops with goods and the orders that the set-up asks for."""
    market = Market(setup)
    market.shops = {shop.shop_id: shop for shop in shops(setup.shops)}
    for shop in market.shops.values():
        seed_goods(market, shop)
        seed_orders(market, shop, setup.rng, setup.orders)
        if setup.awkward:
            seed_awkward(market, shop, setup.rng)
        stock_up(market, shop, setup.rng)
    return Suning(setup, market, Tokens(setup, market.shops))
