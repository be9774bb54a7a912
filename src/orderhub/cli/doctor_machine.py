"""Doctor: the machine, plug-ins and installed packages. Imports `cli`, `hub.registry`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orderhub.cli.doctor_rows import row
from orderhub.cli.words import both
from orderhub.plugins import CARRIERS, CONNECTORS

__all__ = ["EXTRAS", "look_at_extras", "look_at_machine"]

EXTRAS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "fast": ("orjson", "msgspec"),
        "sql": ("sqlalchemy", "psycopg"),
        "redis": ("redis",),
        "durable": ("dbos",),
        "keyring": ("keyring",),
        "crypto": ("cryptography",),
        "excel": ("openpyxl",),
        "notify": ("apprise", "jinja2"),
        "labels": ("fpdf", "segno", "barcode"),
        "report": ("pygal",),
        "analytics": ("ibis", "pyarrow"),
        "push": ("websockets", "boto3"),
        "sandbox": ("starlette", "uvicorn", "httptools"),
        "optimize": ("ortools",),
        "phone": ("phonenumbers",),
        "yaml": ("yaml",),
    }
)
"""Extra -> modules that it brings."""

_SCHEMES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "sqlite:": ("sql", ("sqlalchemy",)),
        "postgresql:": ("sql", EXTRAS["sql"]),
        "postgres:": ("sql", EXTRAS["sql"]),
        "postgresql+": ("sql", EXTRAS["sql"]),
        "redis:": ("redis", EXTRAS["redis"]),
    }
)
"""How an address begins -> the extra, and what of it is used there."""


def look_at_machine() -> list[dict[str, Any]]:
    """Zone data, the machine's zone, the terminal's encoding, plug-ins that cannot be loaded."""
    return [_zones(), _encoding(), *_plugins()]


def _zones() -> dict[str, Any]:
    try:
        ZoneInfo("Asia/Shanghai")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return row("time zones", "bad", both("no zone data on this machine", "本机没有时区数据"), "pip install tzdata")
    now = datetime.now().astimezone()
    seen = both(
        f"zone data found; this machine is in {now:%Z %z}, all instants are kept in UTC",
        f"时区数据可用；本机时区为 {now:%Z %z}，所有时间以 UTC 保存",
    )
    return row("time zones", "ok", seen)


def _encoding() -> dict[str, Any]:
    found = sys.getfilesystemencoding()
    if found.lower().replace("-", "") == "utf8":
        return row("encoding", "ok", found)
    return row("encoding", "warning", found, both("set PYTHONUTF8=1", "请设置 PYTHONUTF8=1"))


def _plugins() -> list[dict[str, Any]]:
    from orderhub.hub.registry import broken, connectors

    lost = {**broken(CONNECTORS), **broken(CARRIERS)}
    told = both(
        f"{len(connectors(CONNECTORS))} marketplaces, {len(connectors(CARRIERS))} carriers can be loaded",
        f"可加载 {len(connectors(CONNECTORS))} 个平台、{len(connectors(CARRIERS))} 个快递",
    )
    do = both("install a release that fits, or remove the package", "请安装匹配的版本，或卸载该软件包")
    return [row("plug-ins", "ok", told), *(row(f"plug-in {name}", "bad", why, do) for name, why in lost.items())]


def look_at_extras(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Packages that the configuration needs and that are missing; one line for all that are not there."""
    missing = {extra: lost for extra, modules in EXTRAS.items() if (lost := [m for m in modules if not _there(m)])}
    rows = [
        row(
            f"extra {extra}",
            "bad",
            both(f"{why} needs {', '.join(lost)}", f"{why} 需要 {', '.join(lost)}"),
            f'pip install "orderhub[{extra}]"',
        )
        for extra, (why, used) in _needed(document).items()
        if (lost := [module for module in missing.get(extra, ()) if module in used])
    ]
    seen = (
        both(f"not installed: {', '.join(missing)}", f"未安装：{', '.join(missing)}")
        if missing
        else both("all", "全部")
    )
    return [*rows, row("extras", "ok", seen)]


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _needed(document: Mapping[str, Any]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Extra -> the part of the configuration that needs it, and which of its modules; more rather than fewer."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for name in ("database", "quotas"):
        for scheme, (extra, used) in _SCHEMES.items():
            if str(document.get(name, "")).startswith(scheme) and len(used) > len(found.get(extra, ("", ()))[1]):
                found[extra] = (name, used)
    cards = document.get("rate_cards")
    parts = {part: extra for part, extra in _OF_PARTS.items() if document.get(part)}
    if isinstance(cards, list) and any(str(card).endswith(("xlsx", "xls")) for card in cards):
        parts["rate_cards"] = "excel"
    if "keyring:" in str(document):
        parts["keyring:"] = "keyring"
    return found | {extra: (part, EXTRAS[extra]) for part, extra in parts.items()}


_OF_PARTS: Mapping[str, str] = MappingProxyType(
    {"worker": "durable", "notify": "notify", "encryption_keys": "crypto", "printing": "labels"}
)
"""Part of the configuration -> the extra that it needs."""
