"""Youzan cloud as an emulator; `build` is the one way in. Read from docs/platforms/youzan.md alone."""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.youzan.awkward import seed_awkward
from orderhub.sandbox.platforms.youzan.gateway import Youzan
from orderhub.sandbox.platforms.youzan.seed import seed_goods, seed_orders, shops
from orderhub.sandbox.platforms.youzan.spec import SWITCHES
from orderhub.sandbox.platforms.youzan.state import Market
from orderhub.sandbox.platforms.youzan.tokens import Tokens

__all__ = ["SWITCHES", "build"]


def build(setup: Setup) -> Emulator:
    """Shops with goods and the orders that the set-up asks for."""
    market = Market(setup)
    market.shops = {shop.shop_id: shop for shop in shops(setup.shops)}
    for shop in market.shops.values():
        seed_goods(market, shop)
        seed_orders(market, shop, setup.orders)
        if setup.awkward:
            seed_awkward(market, shop)
    return Youzan(setup, market, Tokens(setup, market.shops))
