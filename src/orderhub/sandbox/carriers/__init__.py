"""Carrier emulators, one folder each, registered by one line below. Imports nothing; the world loads by name."""

from __future__ import annotations

__all__ = ["CARRIERS"]

CARRIERS: dict[str, str] = {
    "sf": "orderhub.sandbox.carriers.sf:build",
    "yto": "orderhub.sandbox.carriers.yto:build",
    "sto": "orderhub.sandbox.carriers.sto:build",
    "yunda": "orderhub.sandbox.carriers.yunda:build",
    "kuaidi100": "orderhub.sandbox.carriers.kuaidi100:build",
    "kdniao": "orderhub.sandbox.carriers.kdniao:build",
    "zto": "orderhub.sandbox.carriers.zto:build",
    "jdl": "orderhub.sandbox.carriers.jdl:build",
}
"""Name to `module:build`."""
