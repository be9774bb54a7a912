"""Yunda Express (`/openapi/outer/logictis/…`) as an emulator, read from its fact sheet alone; see `build`."""

from __future__ import annotations

from orderhub.sandbox.carriers.yunda.gateway import Yunda
from orderhub.sandbox.emulator import Emulator, Setup

__all__ = ["build"]


def build(setup: Setup) -> Emulator:
    """One account, whatever the number of shops."""
    return Yunda(setup)
