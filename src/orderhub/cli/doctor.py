"""What may be wrong with an installation, checked one by one; reads only. Imports `cli`, `hub`.

One row per check: `check`, `state` (ok, warning, bad), `seen`, and `do`: what to do about it, empty where all is well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from orderhub.cli.doctor_callbacks import look_at_callback
from orderhub.cli.doctor_config import look_at_file
from orderhub.cli.doctor_machine import look_at_extras, look_at_machine
from orderhub.cli.doctor_rows import row
from orderhub.cli.exits import hint_of
from orderhub.cli.words import both, current
from orderhub.errors import ConfigurationError, OrderHubError, PlatformError, UnsupportedOperation
from orderhub.kit.verbs import CHANNEL_VERBS

__all__ = ["examine"]

_SOON = timedelta(days=3)
_SKEW_MAX_S = 60.0


def examine(config: Path, *, callbacks: Sequence[str] = (), offline: bool = False) -> list[dict[str, Any]]:
    """Every check of machine, file, stores, shops and callbacks, in this order."""
    document, of_file = look_at_file(config)
    rows = [*look_at_machine(), *of_file, *look_at_extras(document)]
    if not any(one["state"] == "bad" for one in of_file):
        rows += _hub(config, offline)
    return rows + ([] if offline else [look_at_callback(url) for url in callbacks])


def _hub(config: Path, offline: bool) -> list[dict[str, Any]]:
    from orderhub.cli.base import opened

    try:
        with opened(config) as hub:
            return [
                *_stores(hub),
                *(found for key, shop in hub.shops.items() for found in _shop(key, shop, hub, offline)),
            ]
    except OrderHubError as error:
        what = "configuration" if isinstance(error, ConfigurationError) else "database"
        return [_failed(what, error)]


def _stores(hub: Any) -> list[dict[str, Any]]:
    settings = hub.settings
    keeps = settings.database not in ("memory:", "memory://")
    rows = [
        _attempt("database", lambda: _database(hub)),
        _attempt("stock ledger", lambda: both("{} levels", "{} 条库存").format(len(hub.stock.levels()))),
        row("kept data", "ok", both("in a database", "保存在数据库中"))
        if keeps
        else row(
            "kept data",
            "warning",
            both("nothing outlives this process", "进程结束后数据全部丢失"),
            both('write database = "sqlite:///hub.db"', '请配置 database = "sqlite:///hub.db"'),
        ),
    ]
    if keeps and not settings.encryption_keys:
        rows.append(
            row(
                "encryption",
                "warning",
                both("names, addresses and tokens are kept in the clear", "姓名、地址和 token 以明文保存"),
                both(
                    "give encryption_keys; see docs/how-to/personal-data.md",
                    "请配置 encryption_keys，见 docs/how-to/personal-data.md",
                ),
            )
        )
    for what, count in (
        ("shops", len(hub.shops)),
        ("warehouses", len(settings.warehouses)),
        ("carriers", len(hub.carriers)),
        ("rate cards", len(settings.rate_cards)),
    ):
        rows.append(
            row(what, "ok", str(count))
            if count
            else row(
                what,
                "warning",
                both("none", "无"),
                both("fulfilment needs them; see docs/how-to/configure.md", "履约需要，见 docs/how-to/configure.md"),
            )
        )
    return rows


def _database(hub: Any) -> str:
    hub.stores.runs(limit=1)
    return both("reached, its tables are current", "可连接，表结构最新")


def _shop(key: str, shop: Any, hub: Any, offline: bool) -> list[dict[str, Any]]:
    """Platform's clock, a small read, the token's life, what is proved of its connector, and how its pulls went."""
    rows = [] if offline else [_clock(key, shop), _attempt(f"{key} credentials and scope", lambda: _small_read(shop))]
    return [*rows, _token(key, shop), _evidence(key, shop), _messages(key, shop), *_pulls(key, hub)]


def _clock(key: str, shop: Any) -> dict[str, Any]:
    try:
        ahead = (shop.server_time() - datetime.now(UTC)).total_seconds()
    except UnsupportedOperation:
        return row(f"{key} clock", "ok", both("the platform has no clock to compare with", "平台没有可对比的时钟"))
    except PlatformError as error:  # it was reached: what it refuses is told by the next check
        return {**_failed(f"{key} reachability and clock", error), "state": "warning"}
    except OrderHubError as error:
        return _failed(f"{key} reachability", error)
    seen = both(f"reached; its clock is {ahead:+.0f} s from ours", f"可连接；平台时钟与本机相差 {ahead:+.0f} 秒")
    if abs(ahead) < _SKEW_MAX_S:
        return row(f"{key} reachability and clock", "ok", seen)
    return row(
        f"{key} reachability and clock",
        "warning",
        seen,
        both("set this machine's clock by NTP", "请用 NTP 校准本机时钟"),
    )


def _small_read(shop: Any) -> str:
    from orderhub.models import Window

    now = datetime.now(UTC)
    count = shop.count_orders(Window(now - timedelta(hours=1), now))
    return both(f"{count} orders changed in the last hour", f"最近一小时有 {count} 个订单变化")


def _token(key: str, shop: Any) -> dict[str, Any]:
    expires, what = shop.credentials_expire_at, f"{key} token"
    if expires is None:
        return row(
            what,
            "warning",
            both("nobody told when it lapses", "不知道何时过期"),
            both("give expires_at with the shop", "请在店铺配置中填写 expires_at"),
        )
    left = expires - datetime.now(UTC)
    state = "bad" if left < timedelta(0) else "warning" if left < _SOON else "ok"
    do = "" if state == "ok" else both("let the seller authorise the app again", "请让卖家重新授权")
    return row(what, state, both(f"lapses {expires:%Y-%m-%d %H:%M} UTC", f"{expires:%Y-%m-%d %H:%M} UTC 过期"), do)


def _evidence(key: str, shop: Any) -> dict[str, Any]:
    found = [one for one in shop.connector.capabilities(CHANNEL_VERBS).values() if one.available]
    kinds = {kind: sum(one.evidence == kind for one in found) for kind in sorted({one.evidence for one in found})}
    words = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in kinds.items())
    return row(f"{key} connector evidence", "ok", both(f"{len(found)} verbs: {words}", f"{len(found)} 个操作：{words}"))


def _messages(key: str, shop: Any) -> dict[str, Any]:
    """Whether the shop's platform can push, and whether what verifies pushes is there."""
    what, spec = f"{key} messages", shop.connector.spec
    if not shop.connector.capabilities(CHANNEL_VERBS)["decode_message"].available:
        return row(
            what, "ok", both("the platform pushes nothing; pulls find all", "平台不推送消息；由拉取获得全部订单")
        )
    lacking = [
        one.name
        for one in spec.settings
        if one.name in _OF_PUSHES and shop.ops.config.settings.get(one.name) in (None, "")
    ]
    if not lacking:
        return row(what, "ok", both("pushes can be verified", "可以验证推送消息"))
    return row(
        what,
        "warning",
        both(
            f"{', '.join(lacking)} is not given: pushes cannot be verified",
            f"未配置 {', '.join(lacking)}：无法验证推送消息",
        ),
        both(
            "see docs/how-to/push-messages.md; without pushes, pulls find all",
            "见 docs/how-to/push-messages.md；不用推送时由拉取获得全部订单",
        ),
    )


_OF_PUSHES = frozenset({"callback_url", "push_token", "push_salt", "webhook_secret"})
"""Settings of platforms without which a push cannot be verified."""


def _pulls(key: str, hub: Any) -> list[dict[str, Any]]:
    try:
        (found,) = hub.health(shops=[key])
    except OrderHubError as error:
        return [_failed(f"{key} pulls", error)]
    waiting = sum(found.quarantined.values())
    seen = both(
        f"{found.state}, {found.orders} orders, {waiting} in quarantine",
        f"{found.state}，{found.orders} 个订单，隔离区 {waiting} 个",
    )
    if found.state in ("ok", "never") and not waiting:
        return [row(f"{key} pulls", "ok", seen)]
    do = both("see orderhub health, orderhub quarantine list", "请查看 orderhub health 和 orderhub quarantine list")
    return [row(f"{key} pulls", "warning", seen, do)]


def _attempt(what: str, look: Callable[[], str]) -> dict[str, Any]:
    try:
        return row(what, "ok", look())
    except OrderHubError as error:
        return _failed(what, error)


def _failed(what: str, error: OrderHubError) -> dict[str, Any]:
    hint = hint_of(error)
    return row(what, "bad", f"{type(error).__name__}: {error}", hint[current() == "zh"] if hint else "")
