"""STO Express (`/gateway/link.do`) as an emulator, read from its fact sheet alone; see `build`."""

from __future__ import annotations

from orderhub.sandbox.carriers.sto.gateway import Sto
from orderhub.sandbox.emulator import Emulator, Setup

__all__ = ["build"]


def build(setup: Setup) -> Emulator:
    """One account, whatever the number of shops."""
    return Sto(setup)
