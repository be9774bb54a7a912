"""Platform emulators, one folder each, registered by one line below. Imports nothing; the world loads by name.

Installed packages offer more through the entry point group `orderhub.emulators`; built-in names win.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points

__all__ = ["EMULATORS", "PLATFORMS", "installed", "known"]

EMULATORS = "orderhub.emulators"

PLATFORMS: dict[str, str] = {
    "taobao": "orderhub.sandbox.platforms.taobao:build",
    "jd": "orderhub.sandbox.platforms.jd:build",
    "pinduoduo": "orderhub.sandbox.platforms.pinduoduo:build",
    "suning": "orderhub.sandbox.platforms.suning:build",
    "amazon": "orderhub.sandbox.platforms.amazon:build",
    "woocommerce": "orderhub.sandbox.platforms.woocommerce:build",
    "youzan": "orderhub.sandbox.platforms.youzan:build",
    "kuaishou": "orderhub.sandbox.platforms.kuaishou:build",
    "douyin": "orderhub.sandbox.platforms.douyin:build",
    "shopee": "orderhub.sandbox.platforms.shopee:build",
    "wechat": "orderhub.sandbox.platforms.wechat:build",
    "shopify": "orderhub.sandbox.platforms.shopify:build",
    "lazada": "orderhub.sandbox.platforms.lazada:build",
    "xiaohongshu": "orderhub.sandbox.platforms.xiaohongshu:build",
}
"""Name to `module:build`. Where two platforms claim one request, the earlier line wins."""


def installed() -> dict[str, str]:
    """Every emulator by name, ours and those of other packages; nothing is loaded yet."""
    return {entry.name: entry.value for entry in entry_points(group=EMULATORS)} | PLATFORMS


def known(names: Iterable[str]) -> Mapping[str, str]:
    """A table that has these names if anybody has them; packages are searched, which takes 15 ms, for a strange one."""
    return PLATFORMS if PLATFORMS.keys() >= set(names) else installed()
