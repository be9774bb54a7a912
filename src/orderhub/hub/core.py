"""The hub: many shops, one order store, one stock ledger, sync and async. Imports everything below `cli`."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from orderhub.collect.inbox import check_window
from orderhub.drivers.aio import AsyncWorld
from orderhub.drivers.clock import SystemClock
from orderhub.drivers.guard import HostGuard
from orderhub.drivers.services import Services
from orderhub.drivers.sync import SyncWorld
from orderhub.errors import ConfigurationError, OrderHubError, SecurityError
from orderhub.flow.steps import Operation
from orderhub.fulfil.plan import FulfilPlan
from orderhub.hub.aftersales import AftersalesCommands
from orderhub.hub.analysing import AnalysingCommands, ReportFiles
from orderhub.hub.auditing import AuditingCommands
from orderhub.hub.choosing import ChoosingCommands
from orderhub.hub.cloud_printing import CloudPrintingCommands
from orderhub.hub.command import command, streaming
from orderhub.hub.connect import carrier, carrier_async, connect, connect_async
from orderhub.hub.eventing import EventingCommands
from orderhub.hub.explaining import ExplainingCommands
from orderhub.hub.hooks import DELIVERING, AsyncHookBox, HookBox, load_hooks, read_event_policy
from orderhub.hub.lookup import LookupCommands, read_lookup_policy
from orderhub.hub.normalising import NormalisingCommands
from orderhub.hub.notices import RuledNotifier
from orderhub.hub.notifying import NoCourier, NotifyingCommands
from orderhub.hub.operations import HubOperations
from orderhub.hub.own_channels import OwnChannelCommands
from orderhub.hub.printing import PrintingCommands
from orderhub.hub.purchasing import PurchasingCommands
from orderhub.hub.queueing import QueueingCommands
from orderhub.hub.reconciling import ReconcilingCommands
from orderhub.hub.reserving import ReservingCommands
from orderhub.hub.settings import HubSettings, load_settings
from orderhub.hub.tracking import TrackingCommands
from orderhub.inventory import open_ledger
from orderhub.kit.json import loads
from orderhub.kit.verbs import CHANNEL_VERBS
from orderhub.logistics.incidents import read_tracking_policy
from orderhub.logistics.labels import Printer, read_print_settings
from orderhub.models import Order, Warehouse
from orderhub.orders.audit_policy import read_audit_policy
from orderhub.orders.queue import read_queue_policy
from orderhub.ports import Clock, Notifier
from orderhub.ports.observe import Observer, Subject
from orderhub.stores.open import open_stores
from orderhub.stores.quota_base import open_quotas

__all__ = ["AsyncHub", "Hub"]

T = TypeVar("T")
_SUBJECT = Subject()
_ENTRY = {"platform": "shop", "carrier": "carrier"}


class ShopPort:
    """A shop as the hub's operations see it: its verbs, and its own world for whole operations."""

    def __init__(self, face: Any, ports: Mapping[str, Any]) -> None:
        face.world.services.ports.update(ports)
        self._face = face

    def run(self, make: Any) -> Any:
        """Run `make(operations)` in the shop's own world; a value, or an awaitable in the async one."""
        return self._face.world.run(make(self._face.ops))

    def has(self, verb: str) -> bool:
        """Whether the platform offers `verb`."""
        needs = CHANNEL_VERBS[verb].needs or verb
        return getattr(self._face.ops, needs, None) is not None

    def decoder(self) -> Any:
        """Kept bytes to a page as today's tables read them, without any call; None where the connector cannot."""
        decode = self._face.connector.decode
        return None if decode is None else lambda raw: decode(loads(raw), self._face.ops.config)

    def expires_at(self) -> Any:
        """When the access token lapses."""
        return self._face.credentials_expire_at

    def app(self) -> tuple[str, str]:
        """What a message channel belongs to: the platform and the app's key."""
        return self._face.platform, self._face.ops.config.app.app_key

    def names(self) -> frozenset[str]:
        """What the shop may be called in messages: its id, what the token tells of the account, its settings."""
        config, token = self._face.ops.config, self._face.world.services.box.current.token
        told = (*(token.account.values() if token else ()), *config.settings.values())
        return frozenset({config.shop_id, *(value for value in told if isinstance(value, str) and value)})

    def rows(self, verb: str) -> Any:
        """Every item of a streaming verb as a list."""
        return self._face.world.run(_drained(getattr(self._face.ops, verb)()))

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._face, verb)


def _drained(operation: Any) -> Any:
    """Run a streaming operation, keeping what it emits instead of handing it out."""
    from orderhub.flow.steps import Emit

    found: list[Any] = []
    answer: Any = None
    failure: BaseException | None = None
    try:
        while True:
            try:
                step = operation.throw(failure) if failure else operation.send(answer)
            except StopIteration:
                return found
            answer, failure = None, None
            if isinstance(step, Emit):
                found += [item for page in step.batch for item in page.items]
                continue
            try:
                answer = yield step
            except Exception as error:  # goes back into the operation, which decides
                failure = error
    finally:
        operation.close()


class _HubBase(
    AftersalesCommands, AuditingCommands, NormalisingCommands, OwnChannelCommands, QueueingCommands, PurchasingCommands,
    ReservingCommands, LookupCommands, TrackingCommands, ExplainingCommands, ReconcilingCommands,
    ChoosingCommands, PrintingCommands, CloudPrintingCommands, NotifyingCommands, AnalysingCommands, EventingCommands,
):  # fmt: skip
    """What both hubs are made of."""

    ops: HubOperations
    observer: Observer | None

    sync = command(HubOperations.sync)
    replay = command(HubOperations.replay)
    backfill = command(HubOperations.backfill)
    audit_gaps = command(HubOperations.audit_gaps)
    health = command(HubOperations.health)
    receive = command(HubOperations.receive)
    receive_decoded = command(HubOperations.receive_decoded)
    refetch = command(HubOperations.refetch)
    pull_messages = command(HubOperations.pull_messages)
    orders = command(HubOperations.orders)
    fulfil = command(HubOperations.fulfil)
    cancel = command(HubOperations.cancel)
    intercept = command(HubOperations.intercept)
    reopen = command(HubOperations.reopen)
    change_address = command(HubOperations.change_address)
    split = command(HubOperations.split)
    merge = command(HubOperations.merge)
    merge_candidates = command(HubOperations.merge_candidates)
    rejoin = command(HubOperations.rejoin)
    standing = command(HubOperations.standing)
    assign = command(HubOperations.assign)
    acknowledge = command(HubOperations.acknowledge)
    escalate = command(HubOperations.escalate)
    push_stock = command(HubOperations.push_stock)
    reconcile_stock = command(HubOperations.reconcile_stock)
    stock_alerts = command(HubOperations.stock_alerts)
    stock_outlook = command(HubOperations.stock_outlook)
    aftersales = command(HubOperations.aftersales)
    receive_return = command(HubOperations.receive_return)
    quarantined = command(HubOperations.quarantined)
    page = command(HubOperations.page)
    iter_orders = streaming(HubOperations.iter_orders, Order)
    count = command(HubOperations.count)
    search = command(HubOperations.search)
    refunds = command(HubOperations.refunds)
    view = command(HubOperations.view)
    timeline = command(HubOperations.timeline)
    tag = command(HubOperations.tag)
    note = command(HubOperations.note)
    save_filter = command(HubOperations.save_filter)
    filters = command(HubOperations.filters)
    drop_filter = command(HubOperations.drop_filter)
    export_person = command(HubOperations.export_person)
    erase_person = command(HubOperations.erase_person)
    purge = command(HubOperations.purge)
    reseal = command(HubOperations.reseal)

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


def _untold(error: OrderHubError) -> None:
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


class Hub(_HubBase):
    """Many shops, one order store, one stock ledger.

    Args:
        shops: `Shop` objects or arguments of `connect`.
        warehouses: `Warehouse` objects or their fields.
        carriers: Carrier faces or arguments of `carrier`, with the carrier's code as `carrier` or `name`.
        database: `memory:`, or `sqlite:///hub.db` for orders and stock in one file.
        clock, notifier: Replacements for the machine's clock and the local sink.
        plan: See `orderhub.fulfil.plan.FulfilPlan`: strategy, costs, weights, decrypt, safety_stock.
        settings: rate_cards (paths of CSV files or workbooks), selection, skus, bundles, tenant, backfill,
            encryption_keys, keep_raw, purge_days, quotas (a URL: processes share call quotas).
        observer: Who watches the hub and the accounts that it connects, such as `orderhub.telemetry.OtelObserver`.
    """

    def __init__(
        self, shops: Iterable[Any] = (), warehouses: Iterable[Any] = (), carriers: Iterable[Any] = (),
        database: str = "memory:", *, clock: Clock | None = None, notifier: Notifier | None = None,
        transport: Any = None, plan: Mapping[str, Any] | None = None, observer: Observer | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        found, now = _settings({"warehouses": warehouses, "database": database, **settings}), clock or SystemClock()
        self._open(found, now, observer)
        made = self._faces(connect, shops, "platform", transport)
        lines = self._faces(carrier, carriers, "carrier", transport)
        self.hooks = HookBox()
        services = self._compose(made, lines, notifier=notifier, plan=plan or {})
        self.world = SyncWorld(services, transport)
        load_hooks(self, self.ops.event_policy.hooks)

    def run(self, operation: Operation[T], *, is_writing: bool = False) -> T:
        """Run an operation of the hub; hooks hear of what it wrote before this returns."""
        found = self.world.run(operation)
        if is_writing and self._is_telling():
            try:
                self.world.run(self._watched("deliver_events", self.ops.deliver_events()))
            except OrderHubError as error:
                _untold(error)
        return found

    @classmethod
    def from_config(cls, path: str | Path = "orderhub.toml", **given: Any) -> Self:
        """A hub as `orderhub.toml` describes it; secrets come from the environment or the keyring.

        Raises:
            ConfigurationError: The file or a reference in it is wrong.
        """
        return cls(**_arguments(load_settings(path)), **given)

    def close(self) -> None:
        """Release connections and files."""
        for face in (*self.shops.values(), *self.carriers.values()):
            face.close()
        self.quotas.close()
        self.stock.close()
        self.stores.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncHub(_HubBase):
    """`Hub`, awaited: the same commands over async shops and carriers. Stores and stock run in a thread pool."""

    def __init__(
        self, shops: Iterable[Any] = (), warehouses: Iterable[Any] = (), carriers: Iterable[Any] = (),
        database: str = "memory:", *, clock: Clock | None = None, notifier: Notifier | None = None,
        transport: Any = None, plan: Mapping[str, Any] | None = None, observer: Observer | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        found, now = _settings({"warehouses": warehouses, "database": database, **settings}), clock or SystemClock()
        self._open(found, now, observer)
        made = self._faces(connect_async, shops, "platform", transport)
        lines = self._faces(carrier_async, carriers, "carrier", transport)
        self.hooks = AsyncHookBox()
        services = self._compose(made, lines, notifier=notifier, plan=plan or {})
        self.world = AsyncWorld(services, transport)
        load_hooks(self, self.ops.event_policy.hooks)

    async def run(self, operation: Operation[T], *, is_writing: bool = False) -> T:
        """See `Hub.run`."""
        found = await self.world.run(operation)
        if is_writing and self._is_telling():
            try:
                await self.world.run(self._watched("deliver_events", self.ops.deliver_events()))
            except OrderHubError as error:
                _untold(error)
        return found

    @classmethod
    def from_config(cls, path: str | Path = "orderhub.toml", **given: Any) -> Self:
        """See `Hub.from_config`."""
        return cls(**_arguments(load_settings(path)), **given)

    async def close(self) -> None:
        """Release connections and files."""
        for face in (*self.shops.values(), *self.carriers.values()):
            await face.close()
        self.quotas.close()
        self.stock.close()
        self.stores.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


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
