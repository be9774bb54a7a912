"""ZTO Express (open platform ZOP, `/{api}`) as an emulator, read from its fact sheet alone; see `build`."""

from __future__ import annotations

from orderhub.sandbox.carriers.zto.gateway import Zto
from orderhub.sandbox.emulator import Emulator, Setup

__all__ = ["build"]


def build(setup: Setup) -> Emulator:
    """One account, whatever the number of shops."""
    return Zto(setup)
