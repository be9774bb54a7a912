"""Kdniao, an aggregator of carriers, as an emulator, read from its fact sheet alone; see `build`."""

from __future__ import annotations

from orderhub.sandbox.carriers.kdniao.gateway import Kdniao
from orderhub.sandbox.emulator import Emulator, Setup

__all__ = ["build"]


def build(setup: Setup) -> Emulator:
    """One account, whatever the number of shops."""
    return Kdniao(setup)
