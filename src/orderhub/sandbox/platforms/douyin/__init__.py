"""Douyin shops (order, afterSale, sku calls of the open platform) as an emulator; `build` is the one way in.

Read from docs/platforms/douyin.md alone.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.douyin.awkward import seed_awkward
from orderhub.sandbox.platforms.douyin.gateway import Douyin
from orderhub.sandbox.platforms.douyin.push import Outbox
from orderhub.sandbox.platforms.douyin.seed import seed_goods, seed_orders, shops, stock_up
from orderhub.sandbox.platforms.douyin.spec import SWITCHES
from orderhub.sandbox.platforms.douyin.state import Market
from orderhub.sandbox.platforms.douyin.tokens import Tokens

__all__ = ["SWITCHES", "build"]


def build(setup: Setup) -> Emulator:
    """Shops with goods and the orders that the set-up asks for; what happened before nobody is told by push."""
    market = Market(setup)
    market.shops = {shop.shop_id: shop for shop in shops(setup.shops)}
    for shop in market.shops.values():
        seed_goods(market, shop)
        seed_orders(market, shop, setup.rng, setup.orders)
        if setup.awkward:
            seed_awkward(market, shop, setup.rng)
        stock_up(market, shop, setup.rng)
    outbox = Outbox(market)
    market.heard = outbox.tell
    return Douyin(setup, market, Tokens(setup, market.shops), outbox)
