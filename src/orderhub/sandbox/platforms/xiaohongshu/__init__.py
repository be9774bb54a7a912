"""Xiaohongshu (ark open API) as an emulator; `build` is the way in. Read from docs/platforms/xiaohongshu.md alone."""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.xiaohongshu.awkward import seed_awkward
from orderhub.sandbox.platforms.xiaohongshu.gateway import Xiaohongshu
from orderhub.sandbox.platforms.xiaohongshu.seed import seed_goods, seed_orders, shops
from orderhub.sandbox.platforms.xiaohongshu.spec import SWITCHES
from orderhub.sandbox.platforms.xiaohongshu.state import Market
from orderhub.sandbox.platforms.xiaohongshu.tokens import Tokens

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
    return Xiaohongshu(setup, market, Tokens(setup, market.shops))
