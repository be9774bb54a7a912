"""JD Logistics (`/ecap/v1/orders/…`, `/jd/tracking/query`) as an emulator, read from its sheet alone."""

from __future__ import annotations

from orderhub.sandbox.carriers.jdl.gateway import Jdl
from orderhub.sandbox.emulator import Emulator, Setup

__all__ = ["build"]


def build(setup: Setup) -> Emulator:
    """One account, whatever the number of shops."""
    return Jdl(setup)
