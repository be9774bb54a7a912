"""JD (JOS, POP merchants) as an emulator, read from docs/platforms/jd.md alone. `build` is the one way in."""

from __future__ import annotations

from orderhub.sandbox.emulator import Emulator, Setup
from orderhub.sandbox.platforms.jd.awkward import seed_awkward
from orderhub.sandbox.platforms.jd.gateway import Jd
from orderhub.sandbox.platforms.jd.seed import seed_orders, seed_skus, venders
from orderhub.sandbox.platforms.jd.spec import SWITCHES
from orderhub.sandbox.platforms.jd.state import Market
from orderhub.sandbox.platforms.jd.tokens import Tokens

__all__ = ["SWITCHES", "build"]


def build(setup: Setup) -> Emulator:
    """Shops with SKUs and the orders that the set-up asks for."""
    market = Market(setup)
    market.shops = {vender.shop_id: vender for vender in venders(setup.shops)}
    for vender in market.shops.values():
        seed_skus(market, vender, setup.rng)
        seed_orders(market, vender, setup.rng, setup.orders)
        if setup.awkward:
            seed_awkward(market, vender, setup.rng)
    return Jd(setup, market, Tokens(setup, market.shops))
