"""Taobao and Tmall (TOP) as an emulator, read from docs/platforms/taobao.md alone. `build` is the one way in."""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.taobao.awkward import seed_awkward
from orderhub.sandbox.platforms.taobao.gateway import Taobao
from orderhub.sandbox.platforms.taobao.invoices import seed_applications
from orderhub.sandbox.platforms.taobao.seed import seed_listings, seed_trades, sellers
from orderhub.sandbox.platforms.taobao.spec import SWITCHES
from orderhub.sandbox.platforms.taobao.state import Market
from orderhub.sandbox.platforms.taobao.tokens import Tokens

__all__ = ["SWITCHES", "build"]


def build(setup: Setup) -> Emulator:
    """Shops with listings and the orders that the set-up asks for."""
    market = Market(setup)
    market.shops = {seller.shop_id: seller for seller in sellers(setup.shops)}
    for seller in market.shops.values():
        seed_listings(market, seller, setup.rng)
        seed_trades(market, seller, setup.rng, setup.orders)
        if setup.awkward:
            seed_awkward(market, seller, setup.rng)
    if setup.awkward:
        seed_applications(market)
    return Taobao(setup, market, Tokens(setup, market.shops))
