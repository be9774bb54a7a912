"""WooCommerce REST v3 (`/wp-json/wc/v3`) as an emulator: one web shop an account; `build` is the one way in.

Read from docs/platforms/woocommerce.md alone.
"""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.woocommerce.awkward import seed_awkward
from orderhub.sandbox.platforms.woocommerce.gateway import WooCommerce
from orderhub.sandbox.platforms.woocommerce.seed import seed_goods, seed_orders, shops
from orderhub.sandbox.platforms.woocommerce.spec import SWITCHES
from orderhub.sandbox.platforms.woocommerce.state import Market

__all__ = ["SWITCHES", "build"]


def build(setup: Setup) -> Emulator:
    """Shops with goods and the orders that the set-up asks for."""
    market = Market(setup)
    market.shops = {shop.shop_id: shop for shop in shops(setup.shops, setup.rng)}
    for shop in market.shops.values():
        seed_goods(market, shop)
        seed_orders(market, shop, setup.orders)
        if setup.awkward:
            seed_awkward(market, shop)
    return WooCommerce(setup, market)
