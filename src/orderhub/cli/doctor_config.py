"""Doctor: the configuration file, every reference to a secret in it, shops named twice. Imports `cli`, `hub`."""

from __future__ import annotations

import ipaddress
import stat
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from orderhub.cli.doctor_rows import row
from orderhub.cli.words import both
from orderhub.errors import ConfigurationError
from orderhub.hub.settings import load_settings, resolve

__all__ = ["is_private", "look_at_file"]


def look_at_file(config: Path) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
    """The parsed file, empty when it cannot be read, and what is wrong with it."""
    try:
        document = tomllib.loads(config.read_text("utf-8"))
    except FileNotFoundError:
        return {}, [
            row(
                "configuration",
                "bad",
                both(f"no file {config}", f"文件 {config} 不存在"),
                both(
                    "write one, see docs/how-to/configure.md, or give --config",
                    "请参照 docs/how-to/configure.md 编写，或用 --config 指定",
                ),
            )
        ]
    except (OSError, ValueError) as error:
        seen = error.strerror if isinstance(error, OSError) else _where(error)
        return {}, [row("configuration", "bad", f"{config}: {seen}", both("correct the file", "请修正该文件"))]
    return document, [_whole(config), *_writers(config), *_secrets(document), *_shops(document)]


def _where(error: ValueError) -> str:
    return str(error) if isinstance(error, tomllib.TOMLDecodeError) else both("not UTF-8", "不是 UTF-8 编码")


def _whole(config: Path) -> dict[str, Any]:
    do = both("correct what is named", "请修正上面指出的内容")
    try:
        found = load_settings(config)
    except ConfigurationError as error:
        return row("configuration", "bad", str(error), do)
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        seen = both(
            f"a part has the wrong shape ({type(error).__name__})", f"某一部分的结构不正确（{type(error).__name__}）"
        )
        return row("configuration", "bad", seen, both("see docs/how-to/configure.md", "见 docs/how-to/configure.md"))
    return row("configuration", "ok", both(f"{len(found.shops)} shops", f"{len(found.shops)} 个店铺"))


def _writers(config: Path) -> list[dict[str, Any]]:
    if not config.stat().st_mode & stat.S_IWOTH:
        return []
    return [
        row("configuration file", "warning", both("everybody may write it", "任何用户都可修改"), f"chmod o-w {config}")
    ]


def _secrets(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every reference is followed: all that lead nowhere are told at once, by where they stand."""
    lost, count = [], 0
    for place, name, value in _texts(document):
        try:
            count += resolve(name, value) != value
        except ConfigurationError as error:
            lost.append((place, error.message))
    do = both(
        "set it, or write env:VARIABLE or keyring:SERVICE/NAME", "请设置该值，或写成 env:变量 / keyring:服务/名称"
    )
    return [row("secrets", "bad", f"{place}: {why}", do) for place, why in lost] or [
        row("secrets", "ok", both(f"{count} references resolve", f"{count} 个引用均可解析"))
    ]


def _texts(held: Any, place: str = "", name: str = "") -> Iterator[tuple[str, str, str]]:
    """Every text of the document with where it stands and the name it has there."""
    if isinstance(held, Mapping):
        for inner, value in held.items():
            yield from _texts(value, f"{place}.{inner}".lstrip("."), inner)
    elif isinstance(held, list):
        for number, value in enumerate(held):
            yield from _texts(value, f"{place}[{number}]", name)
    elif isinstance(held, str):
        yield place, name, held


def _shops(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = document.get("shops")
    shops = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    keys = Counter(f"{one.get('platform')}:{one.get('shop_id', 'default')}" for one in shops)
    rows = [
        row(
            f"{key}",
            "bad",
            both("stands in the file twice", "在文件中出现了两次"),
            both("give each shop its own shop_id", "请为每个店铺设置不同的 shop_id"),
        )
        for key, times in keys.items()
        if times > 1
    ]
    for one in shops:
        url = str(one.get("base_url") or "")
        if url.startswith("http:") and not is_private(urlsplit(url).hostname or ""):
            rows.append(
                row(
                    f"{one.get('platform')}:{one.get('shop_id')} base_url",
                    "warning",
                    both("credentials travel in the clear", "凭证以明文传输"),
                    both("use https", "请使用 https"),
                )
            )
    return rows


def is_private(host: str) -> bool:
    """Whether a host's name or address is this machine or its network."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".local", ".internal", ".localhost"))
