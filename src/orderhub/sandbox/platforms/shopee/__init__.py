"""Shopee Open Platform v2 as an emulator; `build` is the one way in. Read from docs/platforms/shopee.md alone."""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.shopee.awkward import seed_awkward
from orderhub.sandbox.platforms.shopee.gateway import Shopee
from orderhub.sandbox.platforms.shopee.seed import seed_goods, seed_orders, shops
from orderhub.sandbox.platforms.shopee.spec import SWITCHES
from orderhub.sandbox.platforms.shopee.state import Market
from orderhub.sandbox.platforms.shopee.tokens import Tokens

__all__ = ["SWITCHES", "build"]


def build(setup: Setup) -> Emulator:
    """Shops with goods and the orders that the set-up asks for."""
    market = Market(setup)
    market.shops = {shop.shop_id: shop for shop in shops(setup.shops)}
    for shop in market.shops.values():
        seed_goods(market, shop, setup.rng)
        seed_orders(market, shop, setup.rng, setup.orders)
        if setup.awkward:
            seed_awkward(market, shop, setup.rng)
    market.has_opened = True
    return Shopee(setup, market, Tokens(setup, market.shops))
