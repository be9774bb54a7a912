"""Platform emulators, one folder each, registered by one line below. Imports nothing; the world loads by name."""

from __future__ import annotations

__all__ = ["PLATFORMS"]

PLATFORMS: dict[str, str] = {
    "taobao": "orderhub.sandbox.platforms.taobao:build",
}
"""Name to `module:build`. Where two platforms claim one request, the earlier line wins."""
