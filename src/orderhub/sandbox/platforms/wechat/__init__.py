"""WeChat store (channels shop) as an emulator; `build` is the one way in.

Read from docs/platforms/wechat.md alone.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.wechat.awkward import seed_awkward
from orderhub.sandbox.platforms.wechat.gateway import Wechat
from orderhub.sandbox.platforms.wechat.seed import seed_goods, seed_orders, shops, stock_up
from orderhub.sandbox.platforms.wechat.spec import SWITCHES
from orderhub.sandbox.platforms.wechat.state import Market
from orderhub.sandbox.platforms.wechat.tokens import Tokens

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
    return Wechat(setup, market, Tokens(setup, market.shops))
