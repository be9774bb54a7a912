"""SF Express (Fengqiao, `std/service`) as an emulator, read from docs/platforms/sf.md alone; see `build`."""

from __future__ import annotations

from orderhub.sandbox.carriers.sf.desk import Desk
from orderhub.sandbox.carriers.sf.gateway import SfExpress
from orderhub.sandbox.emulator import Emulator, Setup

__all__ = ["build"]


def build(setup: Setup) -> Emulator:
    """One account, whatever the number of shops: the contract with a carrier is the merchant's."""
    return SfExpress(setup, Desk(setup))
