"""What a hub is composed of: stores, stock, faces of shops and carriers, policies from settings. Imports all below."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from orderhub.collect.inbox import check_window
from orderhub.drivers.clock import SystemClock
from orderhub.drivers.guard import HostGuard
from orderhub.drivers.services import Services
from orderhub.errors import ConfigurationError, OrderHubError, SecurityError
from orderhub.flow.steps import Operation
from orderhub.fulfil.plan import FulfilPlan
from orderhub.hub.analysing import ReportFiles
from orderhub.hub.hooks import DELIVERING, HookBox, load_hooks, read_event_policy
from orderhub.hub.lookup import read_lookup_policy
from orderhub.hub.notices import RuledNotifier
from orderhub.hub.notifying import NoCourier
from orderhub.hub.operations import HubOperations
from orderhub.hub.settings import HubSettings, load_settings
from orderhub.hub.shop_port import ShopPort
from orderhub.inventory import open_ledger
from orderhub.logistics.incidents import read_tracking_policy
from orderhub.logistics.labels import Printer, read_print_settings
from orderhub.models import Warehouse
from orderhub.orders.audit_policy import read_audit_policy
from orderhub.orders.queue import read_queue_policy
from orderhub.ports import Clock, Notifier
from orderhub.ports.observe import Observer, Subject
from orderhub.stores.open import open_stores
from orderhub.stores.quota_base import open_quotas

__all__ = ["HubParts", "untold"]

T = TypeVar("T")
_SUBJECT = Subject()
_ENTRY = {"platform": "shop", "carrier": "carrier"}


class HubParts:
    """How both hubs are put together; a subclass says which faces, hooks and world it has."""

    connect_shop: ClassVar[Callable[..., Any]]
    connect_carrier: ClassVar[Callable[..., Any]]
    make_hooks: ClassVar[Callable[[], HookBox]]
    make_world: ClassVar[Callable[..., Any]]

    ops: HubOperations
    hooks: HookBox
    observer: Observer | None
    stores: Any

    def __init__(
        self, shops: Iterable[Any] = (), warehouses: Iterable[Any] = (), carriers: Iterable[Any] = (),
        database: str = "memory:", *, clock: Clock | None = None, notifier: Notifier | None = None,
        transport: Any = None, plan: Mapping[str, Any] | None = None, observer: Observer | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        found, now = _settings({"warehouses": warehouses, "database": database, **settings}), clock or SystemClock()
        self._open(found, now, observer)
        made = self._faces(type(self).connect_shop, shops, "platform", transport)
        lines = self._faces(type(self).connect_carrier, carriers, "carrier", transport)
        self.hooks = type(self).make_hooks()
        services = self._compose(made, lines, notifier=notifier, plan=plan or {})
        named = isinstance(transport, str)  # then each account has one of its own
        self.world = type(self).make_world(services, None if named else transport)
        load_hooks(self, self.ops.event_policy.hooks)

    @classmethod
    def from_config(cls, path: str | Path = "orderhub.toml", **given: Any) -> Self:
        """A hub as `orderhub.toml` describes it; secrets come from the environment or the keyring.

        Raises:
            ConfigurationError: The file or a reference in it is wrong.
        """
        return cls(**_arguments(load_settings(path)), **given)

    def _is_telling(self) -> bool:
        """Whether this process has hooks to call after a command; inside of a hook the round that called it goes on."""
        return bool(self.hooks.names()) and self.ops.event_policy.deliver == "after" and not DELIVERING.get()

    def _open(self, settings: HubSettings, clock: Clock, observer: Observer | None) -> None:
        """Stores and stock first: what shops refresh is kept there."""
        self.settings, self.clock = settings, clock
        self.observer = observer if observer is not None or not settings.telemetry else _otel(clock)
        self.stores = open_stores(
            settings.database, tenant=settings.tenant, clock=clock, encryption_keys=settings.encryption_keys,
            keep_raw=settings.keep_raw,
        )  # fmt: skip
        self.stock = open_ledger(settings.database, tenant=settings.tenant, clock=clock)
        self.quotas = open_quotas(settings.quotas or "memory:")

    def _faces(self, make: Any, given: Iterable[Any], name: str, transport: Any) -> list[Any]:
        """Accounts that were given, and those connected from their arguments; all share what the hub has."""
        shared = {"clock": self.clock, "tokens": self.stores, "quotas": self.quotas, "observer": self.observer}
        if transport is not None:
            shared["transport"] = transport
        return [_face(make, one, name, shared) for one in given]

    def _compose(
        self, shops: Iterable[Any], carriers: Iterable[Any], *, notifier: Notifier | None, plan: Mapping[str, Any]
    ) -> Services:
        settings, clock = self.settings, self.clock
        kept = (
            "orders", "shares", "marks", "privacies", "quarantine", "runs", "claims", "outbox", "papers", "seen",
            "purchases",
        )  # fmt: skip
        ports: dict[str, Any] = dict.fromkeys(kept, self.stores)
        sender: Any = notifier or _sender(settings)
        is_courier = hasattr(sender, "bind")
        if is_courier:
            sender.bind(self.stores, clock)
        self.notifier: Notifier = sender
        ports |= {"stock": self.stock, "notifier": self.notifier}
        ports["courier"] = sender if is_courier else NoCourier()
        self.shops = {shop.key: shop for shop in shops}
        self.carriers = {carrier.name: carrier for carrier in carriers}
        faces = {f"shop:{key}": ShopPort(shop, ports) for key, shop in self.shops.items()}
        faces_of_carriers = {f"carrier:{name}": face for name, face in self.carriers.items()}
        cards = _rate_cards(settings.rate_cards)
        self.ops = HubOperations(
            tuple(self.shops), FulfilPlan.of(settings, cards, self.carriers, **plan), settings.backfill
        )
        self.ops.audit_policy = read_audit_policy(settings.audit)
        self.ops.queue_policy = read_queue_policy(settings.queue)
        self.ops.message_window = check_window(settings.message_window)
        self.ops.carriers = tuple(self.carriers)
        self.ops.tracking_policy = read_tracking_policy(settings.tracking)
        self.ops.lookup_policy = read_lookup_policy(settings.lookup)
        if is_courier:
            self.ops.notify_policy = sender.policy
        self.ops.print_settings = read_print_settings(settings.printing)
        ports["reports"] = ReportFiles()
        ports["printer"] = Printer.of(self.ops.print_settings)
        self.ops.purge_days = {**self.ops.purge_days, **settings.purge_days}
        if (rules := self.ops.plan.notification) is not None:
            ports["notifier"] = RuledNotifier(ports["notifier"], rules, self.stores, clock)
        self.ops.event_policy = read_event_policy(settings.events)
        ports["hooks"] = self.hooks
        if self.ops.plan.delister is not None:
            ports["delister"] = self.ops.plan.delister
        ports |= {**faces, **faces_of_carriers}
        return Services(HostGuard(()), clock=clock, ports=ports, observer=self.observer)

    def _watched(self, name: str, operation: Operation[T]) -> Operation[T]:
        """The operation itself where nobody watches."""
        return operation if self.observer is None else self.observer.verb(_SUBJECT, name, operation)


def untold(error: OrderHubError) -> None:
    """What the command did stands; its events wait for the next round."""
    logging.getLogger("orderhub.events").warning("events wait: %s", type(error).__name__)


def _otel(clock: Clock) -> Observer:
    """An observer over the providers that the process has set up."""
    from orderhub.telemetry import OtelObserver

    return OtelObserver(now=clock.now)


def _sender(settings: HubSettings) -> Any:
    """A courier where the configuration has one, else a sink that remembers."""
    if settings.notify:
        from orderhub.notify.configured import courier_from

        return courier_from(settings.notify)
    from orderhub.notify import LocalSink

    return LocalSink()


def _rate_cards(paths: Sequence[Path]) -> tuple[Any, ...]:
    """Services of every file; two files may not price the same parcels."""
    from orderhub.logistics.rate_file import read_rates
    from orderhub.logistics.rate_table import check_overlaps

    found: list[Any] = []
    for path in paths:
        try:
            body = path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"the rate table {path} cannot be read: {error.strerror}") from None
        found += read_rates(body, path.name)
    check_overlaps(found)
    return tuple(found)


def _settings(given: Mapping[str, Any]) -> HubSettings:
    warehouses = tuple(
        w if isinstance(w, Warehouse) else Warehouse.model_validate(w) for w in given.get("warehouses", ())
    )
    paths = tuple(Path(path) for path in given.get("rate_cards", ()))
    return HubSettings(**{**given, "warehouses": warehouses, "rate_cards": paths})


def _arguments(settings: HubSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in settings.__dataclass_fields__}


def _face(make: Any, given: Any, name: str, shared: Mapping[str, Any]) -> Any:
    if not isinstance(given, Mapping):
        return given
    entry = dict(given)
    code = entry.pop(name, None) or entry.pop("name", None)
    try:
        return make(code, **{**shared, **entry})
    except (ConfigurationError, SecurityError) as error:  # one of many: which?
        which = f"{code}:{entry['shop_id']}" if "shop_id" in entry else code
        error.message = f"{_ENTRY[name]} {which}: {error.message}"
        error.args = (error.message,)
        raise
