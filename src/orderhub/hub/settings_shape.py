"""The shape of `orderhub.toml`: which kind of value stands under each key, told before anything is read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from orderhub.errors import ConfigurationError

__all__ = ["check_shape"]

_KINDS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "database": ("text", 'database = "sqlite:///hub.db"'), "tenant": ("text", 'tenant = "default"'),
    "quotas": ("text", 'quotas = "redis://127.0.0.1:6379/0"'),
    "rate_cards": ("texts", 'rate_cards = ["rates.csv"]'),
    "encryption_keys": ("texts", 'encryption_keys = ["env:KEY"]'),
    "backfill_days": ("number", "backfill_days = 90"), "keep_raw": ("switch", "keep_raw = true"),
    "message_window_s": ("number", "message_window_s = 300"),
    **{name: ("tables", f"[[{name}]]") for name in (
        "shops", "warehouses", "carriers", "channels", "pools", "alerts", "reorder")},
    **{name: ("table", f"[{name}]") for name in (
        "skus", "bundles", "purge_days", "safety_stock", "shelf_days", "worker", "notify", "allocation", "audit",
        "queue", "reserve", "tracking", "lookup", "printing")},
})  # fmt: skip
"""Key -> kind of its value, and how that is written. What is not here may have several."""


def check_shape(document: Mapping[str, Any], place: object) -> None:
    """Refuse a value of another kind than its key has.

    Raises:
        ConfigurationError: Names the key and shows how it is written.
    """
    for name, value in document.items():
        kind, written = _KINDS.get(name, ("", ""))
        if kind and not _fits(kind, value):
            raise ConfigurationError(f"{place}: {name} must be {_WORDS[kind]}, written {written}", field=name)
    for number, shop in enumerate(document.get("shops", ())):
        if not isinstance(shop.get("platform"), str):
            raise ConfigurationError(f'{place}: shops[{number}] needs platform = "taobao" or another', field="platform")


_WORDS = {"text": "text", "tables": "tables", "texts": "a list of texts", "number": "a whole number",
          "switch": "true or false", "table": "a table"}  # fmt: skip


def _fits(kind: str, value: Any) -> bool:
    match kind:
        case "text":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int) and not isinstance(value, bool)
        case "switch":
            return isinstance(value, bool)
        case "table":
            return isinstance(value, dict)
        case "texts":
            return isinstance(value, list) and all(isinstance(one, str) for one in value)
        case _:
            return isinstance(value, list) and all(isinstance(one, dict) for one in value)
