"""Shopify (GraphQL Admin API) as an emulator; `build` is the one way in.

Read from docs/platforms/shopify.md alone.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.shopify.awkward import seed_awkward
from orderhub.sandbox.platforms.shopify.gateway import Shopify
from orderhub.sandbox.platforms.shopify.seed import seed_goods, seed_orders, shops, stock_up
from orderhub.sandbox.platforms.shopify.spec import SWITCHES
from orderhub.sandbox.platforms.shopify.state import Market
from orderhub.sandbox.platforms.shopify.tokens import Tokens
from orderhub.sandbox.platforms.shopify.webhooks import Post

__all__ = ["SWITCHES", "build"]


def build(setup: Setup) -> Emulator:
    """Stores with goods and the orders that the set-up asks for."""
    market = Market(setup)
    market.shops = {shop.shop_id: shop for shop in shops(setup.shops)}
    for shop in market.shops.values():
        seed_goods(market, shop)
        seed_orders(market, shop, setup.rng, setup.orders)
        if setup.awkward:
            seed_awkward(market, shop, setup.rng)
        stock_up(market, shop, setup.rng)
    tokens = Tokens(setup, market.shops)
    market.heard = Post(market, tokens).heard
    return Shopify(setup, market, tokens)
