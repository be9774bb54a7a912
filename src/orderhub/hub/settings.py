"""One configuration for hub and command line: shops, warehouses, carriers; secrets by reference. Imports `models`.

`orderhub.toml` never holds a secret: `env:NAME` reads the environment, `keyring:SERVICE/NAME` the system's keyring.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from orderhub.collect.inbox import WINDOW
from orderhub.errors import ConfigurationError
from orderhub.fulfil.early_policy import ReservePolicy, read_reserve_policy
from orderhub.hub.hooks import EventPolicy, read_event_policy
from orderhub.hub.lookup import LookupPolicy, read_lookup_policy
from orderhub.hub.settings_shape import check_shape
from orderhub.inventory.policies import AllocationPolicy, read_policy
from orderhub.logistics.incidents import TrackingPolicy, read_tracking_policy
from orderhub.logistics.labels import PrintSettings, read_print_settings
from orderhub.logistics.policy import SelectionPolicy, read_selection
from orderhub.models import Warehouse
from orderhub.orders.audit_policy import AuditPolicy, read_audit_policy
from orderhub.orders.queue import QueuePolicy, read_queue_policy

__all__ = ["SECRETS", "HubSettings", "load_settings", "resolve"]

SECRETS = ("encryption_keys", "app_secret", "previous_secrets", "push_token", "webhook_secret", "sign_secret",
           "access_token", "refresh_token", "checkword", "password", "secret",
           "account_password", "site_password", "customer_password", "push_salt",
           "access_key_secret", "secret_key", "apprise_url", "pepper")  # fmt: skip
"""Names under which a configuration refers to secrets and never holds one."""
_KEYS = {"database", "tenant", "shops", "warehouses", "carriers", "rate_cards", "skus", "bundles", "backfill_days",
         "allocation", "audit", "queue", "quotas", "worker", "encryption_keys", "keep_raw", "purge_days",
         "message_window_s",
         "channels", "pools", "alerts", "reorder", "safety_stock", "shelf_days", "reserve",
         "tracking", "lookup", "printing", "selection", "notify", "events",
         "telemetry"}  # fmt: skip


@dataclass(frozen=True)
class HubSettings:
    """What `Hub.from_config` needs.

    Attributes:
        shops, carriers: Arguments of `connect` and `carrier`; secrets are filled in here.
        skus: The merchant's SKU by `platform:shop_id:platform_sku_id`, for lines without a code of their own.
        bundles: SKU -> component SKU -> units.
        allocation: How warehouses are chosen.
        backfill: How far the first pull reaches back.
        quotas: Where call quotas are kept so that processes share them: `sqlite:///…`, `postgresql://…`, `redis://…`;
            each process keeps its own when left out.
        worker: How a fleet of workers runs this hub; see `orderhub.durable`.
        encryption_keys: Seal personal data and tokens in the database; the current key first, see `open_stores`.
        message_window: How far the time that a pushed message tells may be from ours, before and behind, until it
            counts as a replay; from a second to a week.
        keep_raw: Whether untouched documents are kept beside the orders.
        purge_days: Days after delivery at which `purge` forgets the buyer, by platform.
        channels, pools: What each shop may show, as rows of `ChannelRule` and `Pool`.
        alerts, reorder: Thresholds and when to buy again, as rows of `AlertRule` and `ReorderRule`.
        safety_stock: SKU -> units per warehouse that channels are not shown; `*` for all others.
        shelf_days: SKU -> days that goods must keep on the day they leave; `*` for all others.
        audit: The merchant's limits and rules for the audit, as fields of `AuditPolicy`.
        reserve: Whether paid orders hold stock from the moment they are stored, as fields of `ReservePolicy`.
        queue: How orders are queued, as fields of `QueuePolicy`.
        rate_cards: Files of rate tables, CSV or workbooks; selection: how carriers are chosen, as fields of
            `SelectionPolicy`.
        tracking: What is normal for parcels, as fields of `TrackingPolicy`.
        printing: How labels and slips are printed, as fields of `PrintSettings`.
        lookup: How often the public question may be wrong, as fields of `LookupPolicy`.
        notify: Channels, templates and policy of messages, see `orderhub.notify.configured.courier_from`.
        events: How hooks are told, as fields of `EventPolicy`.
        telemetry: Whether spans and metrics go to the process's OpenTelemetry providers (extra `otel`).
    """

    shops: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    warehouses: tuple[Warehouse, ...] = ()
    carriers: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    database: str = field(default="memory:", repr=False)
    tenant: str = "default"
    rate_cards: tuple[Path, ...] = ()
    skus: Mapping[str, str] = field(default_factory=dict)
    bundles: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    allocation: AllocationPolicy = field(default_factory=AllocationPolicy)
    backfill: timedelta = timedelta(days=90)
    quotas: str | None = field(default=None, repr=False)
    worker: Mapping[str, Any] = field(default_factory=dict, repr=False)
    encryption_keys: tuple[str, ...] = field(default=(), repr=False)
    message_window: timedelta = WINDOW
    keep_raw: bool = True
    purge_days: Mapping[str, int] = field(default_factory=dict)
    channels: tuple[Any, ...] = ()
    pools: tuple[Any, ...] = ()
    alerts: tuple[Any, ...] = ()
    reorder: tuple[Any, ...] = ()
    safety_stock: Mapping[str, int] = field(default_factory=dict)
    shelf_days: Mapping[str, int] = field(default_factory=dict)
    audit: Mapping[str, Any] | AuditPolicy = field(default_factory=AuditPolicy, repr=False)
    reserve: Mapping[str, Any] | ReservePolicy = field(default_factory=ReservePolicy)
    queue: Mapping[str, Any] | QueuePolicy = field(default_factory=QueuePolicy)
    selection: Mapping[str, Any] | str | SelectionPolicy = field(default_factory=SelectionPolicy)
    tracking: Mapping[str, Any] | TrackingPolicy = field(default_factory=TrackingPolicy)
    lookup: Mapping[str, Any] | LookupPolicy = field(default_factory=LookupPolicy)
    printing: Mapping[str, Any] | PrintSettings = field(default_factory=PrintSettings)
    notify: Mapping[str, Any] = field(default_factory=dict, repr=False)
    events: Mapping[str, Any] | EventPolicy = field(default_factory=EventPolicy)
    telemetry: bool = False


def resolve(name: str, value: Any) -> Any:
    """The secret behind a reference, also inside of tables and lists; other values as they are.

    Raises:
        ConfigurationError: A secret stands in the file itself, or the reference leads nowhere.
    """
    if isinstance(value, Mapping):
        return {inner: resolve(inner, held) for inner, held in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(name, held) for held in value]
    if not isinstance(value, str):
        return value
    kind, _, place = value.partition(":")
    if kind == "env":
        if place not in os.environ:
            raise ConfigurationError(f"{name}: the environment has no variable {place}", field=name)
        return os.environ[place]
    if kind == "keyring":
        return _from_keyring(name, place)
    if name in SECRETS and value:
        raise ConfigurationError(
            f"{name} stands in the configuration file; write env:VARIABLE or keyring:SERVICE/NAME instead", field=name
        )
    return value


def _from_keyring(name: str, place: str) -> str:
    try:
        import keyring
    except ImportError:
        raise ConfigurationError(
            f'{name}: keyring references need pip install "orderhub[keyring]"', field=name
        ) from None
    service, _, user = place.partition("/")
    found: str | None = keyring.get_password(service, user)
    if found is None:
        raise ConfigurationError(f"{name}: the keyring has no entry {place}", field=name)
    return found


def _exact(value: Any) -> Any:
    """Fractions of a parsed document by the digits that stand in it."""
    if isinstance(value, Mapping):
        return {name: _exact(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_exact(item) for item in value]
    return Decimal(repr(value)) if isinstance(value, float) else value


def load_settings(path: str | Path) -> HubSettings:
    """Read `orderhub.toml`.

    Raises:
        ConfigurationError: The file is missing or malformed, a key is unknown, a secret cannot be found.
    """
    place = Path(path)
    try:
        document = tomllib.loads(place.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"no configuration at {place}; docs/how-to/configure.md shows one") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{place}: {error}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{place} is not UTF-8 text") from None
    if strange := sorted(set(document) - _KEYS):
        raise ConfigurationError(f"{place}: unknown key {', '.join(strange)}; known: {', '.join(sorted(_KEYS))}")
    check_shape(document, place)
    return _settings(document, place.parent)


def _settings(document: Mapping[str, Any], folder: Path) -> HubSettings:
    try:
        warehouses = tuple(Warehouse.model_validate(row) for row in document.get("warehouses", ()))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"warehouses: {where}: {first['msg']}", field="warehouses") from None
    return HubSettings(
        shops=_entries(document, "shops"),
        warehouses=warehouses,
        carriers=_entries(document, "carriers"),
        database=str(resolve("database", document.get("database", "memory:"))),
        tenant=str(document.get("tenant", "default")),
        rate_cards=tuple(folder / name for name in document.get("rate_cards", ())),
        skus=dict(document.get("skus", {})),
        bundles=dict(document.get("bundles", {})),
        allocation=read_policy(document.get("allocation", {})),
        backfill=timedelta(days=int(document.get("backfill_days", 90))),
        quotas=resolve("quotas", document.get("quotas")),
        worker=_entry(document.get("worker", {})),
        encryption_keys=tuple(resolve("encryption_keys", key) for key in document.get("encryption_keys", ())),
        message_window=timedelta(seconds=int(document.get("message_window_s", WINDOW.total_seconds()))),
        keep_raw=bool(document.get("keep_raw", True)),
        purge_days={platform: int(days) for platform, days in document.get("purge_days", {}).items()},
        **{name: tuple(document.get(name, ())) for name in ("channels", "pools", "alerts", "reorder")},
        safety_stock=dict(document.get("safety_stock", {})),
        shelf_days=dict(document.get("shelf_days", {})),
        audit=read_audit_policy(_exact(document.get("audit", {}))),
        reserve=read_reserve_policy(document.get("reserve", {})),
        queue=read_queue_policy(document.get("queue", {})),
        selection=read_selection(_exact(document.get("selection", {}))),
        tracking=read_tracking_policy(document.get("tracking", {})),
        lookup=read_lookup_policy(document.get("lookup", {})),
        printing=read_print_settings(document.get("printing", {})),
        notify=_notify(document.get("notify", {}), folder),
        events=read_event_policy(document.get("events", {})),
        telemetry=bool(document.get("telemetry", False)),
    )


def _notify(given: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Secrets filled in; templates lie beside the configuration."""
    found = _entry({name: value for name, value in given.items() if name != "channels"})
    if "channels" in given:
        found["channels"] = tuple(_entry(row) for row in given["channels"])
    if "templates" in given:
        found["templates"] = folder / str(given["templates"])
    return found


def _entries(document: Mapping[str, Any], part: str) -> tuple[dict[str, Any], ...]:
    """All entries of a part with their secrets; what is wrong with one says which."""
    found = []
    for number, row in enumerate(document.get(part, ())):
        try:
            found.append(_entry(row))
        except ConfigurationError as error:
            raise ConfigurationError(f"{part}[{number}].{error.message}", field=error.field) from None
    return tuple(found)


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: resolve(name, value) for name, value in row.items()}
