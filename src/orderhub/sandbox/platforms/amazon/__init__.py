"""Amazon Selling Partner API as an emulator, read from docs/platforms/amazon.md alone. `build` is the one way in."""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.amazon.awkward import seed_awkward
from orderhub.sandbox.platforms.amazon.gateway import Amazon
from orderhub.sandbox.platforms.amazon.seed import seed_listings, seed_orders, sellers
from orderhub.sandbox.platforms.amazon.spec import SWITCHES
from orderhub.sandbox.platforms.amazon.state import Market
from orderhub.sandbox.platforms.amazon.tokens import Tokens

__all__ = ["SWITCHES", "build"]


def build(setup: Setup) -> Emulator:
    """Shops with listings and the orders that the set-up asks for."""
    market = Market(setup)
    market.shops = {seller.shop_id: seller for seller in sellers(setup.shops)}
    for seller in market.shops.values():
        seed_listings(market, seller, setup.rng)
        seed_orders(market, seller, setup.rng, setup.orders)
        if setup.awkward:
            seed_awkward(market, seller, setup.rng)
    return Amazon(setup, market, Tokens(setup, market.shops))
