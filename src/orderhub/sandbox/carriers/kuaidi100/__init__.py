"""Kuaidi100, an aggregator of carriers, as an emulator, read from its fact sheet alone; see `build`."""

from __future__ import annotations

from orderhub.sandbox.carriers.kuaidi100.gateway import Kuaidi100
from orderhub.sandbox.emulator import Emulator, Setup

__all__ = ["build"]


def build(setup: Setup) -> Emulator:
    """One account, whatever the number of shops."""
    return Kuaidi100(setup)
