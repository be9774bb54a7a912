"""Pinduoduo (POP) as an emulator, read from docs/platforms/pinduoduo.md alone. `build` is the one way in."""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.pinduoduo.awkward import seed_awkward
from orderhub.sandbox.platforms.pinduoduo.gateway import Pinduoduo
from orderhub.sandbox.platforms.pinduoduo.seed import seed_goods, seed_orders, shops
from orderhub.sandbox.platforms.pinduoduo.spec import SWITCHES
from orderhub.sandbox.platforms.pinduoduo.state import Market
from orderhub.sandbox.platforms.pinduoduo.tokens import Tokens

__all__ = ["SWITCHES", "build"]


def build(setup: Setup) -> Emulator:
    """Shops with listings and the orders that the set-up asks for."""
    market = Market(setup)
    market.shops = {shop.shop_id: shop for shop in shops(setup.shops)}
    for shop in market.shops.values():
        seed_goods(market, shop, setup.rng)
        seed_orders(market, shop, setup.rng, setup.orders)
        if setup.awkward:
            seed_awkward(market, shop, setup.rng)
    return Pinduoduo(setup, market, Tokens(setup, market.shops))
