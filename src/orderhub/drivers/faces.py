"""The public faces of one shop, sync and async, from one declaration. Imports `drivers`, `kit`, `ports`, `models`.

Each verb lends name, signature and docstring from `ports.Channel`; the call goes to the connector's operation of the
same name. Streams are iterated item by item; what could not be decoded is in `.findings` of the stream.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from datetime import datetime
from functools import update_wrapper
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast, overload

from orderhub.drivers.aio import AsyncWorld
from orderhub.drivers.sync import SyncWorld
from orderhub.drivers.traces import bared
from orderhub.errors import OrderHubError, UnsupportedOperation
from orderhub.flow.steps import Operation
from orderhub.kit.spec import Connector
from orderhub.kit.verbs import CHANNEL_VERBS, Verb
from orderhub.models import Capability, Finding, Listing, Order, Refund
from orderhub.ports import Channel

__all__ = ["AsyncFace", "AsyncShop", "AsyncStream", "Face", "Shop", "Stream"]

P = ParamSpec("P")
T = TypeVar("T")


class Face:
    """A sync face over a connector's operations."""

    verbs: dict[str, Verb]

    def __init__(self, connector: Connector, operations: Any, world: SyncWorld) -> None:
        self.connector, self.ops, self.world = connector, operations, world

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.connector.name}:{self.ops.config.shop_id})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Release connections."""
        self.world.transport.close()


class AsyncFace:
    """An async face over a connector's operations."""

    verbs: dict[str, Verb]

    def __init__(self, connector: Connector, operations: Any, world: AsyncWorld) -> None:
        self.connector, self.ops, self.world = connector, operations, world

    __repr__ = Face.__repr__

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Release connections."""
        await self.world.transport.close()


def _operation(face: Face | AsyncFace, name: str) -> Callable[..., Operation[Any]]:
    """The connector's generator for a verb; raises `UnsupportedOperation` with the reason."""
    needs = face.verbs[name].needs or name
    found = getattr(face.ops, name, None)
    if found is None or getattr(face.ops, needs, None) is None:
        why = face.connector.spec.why_absent(name)
        raise UnsupportedOperation(
            f"{face.connector.name} cannot {name}: {why}", platform=face.connector.name, operation=name
        )
    return cast("Callable[..., Operation[Any]]", found)


def _watched(face: Face | AsyncFace, name: str, operation: Operation[T]) -> Operation[T]:
    """The operation itself where nobody watches."""
    services = face.world.services
    return operation if services.observer is None else services.observer.verb(services.subject, name, operation)


class verb(Generic[P, T]):  # used like a keyword in class bodies
    """One verb on both faces."""

    def __init__(self, method: Callable[Concatenate[Any, P], Operation[T]]) -> None:
        self._method, self._name = method, method.__name__
        update_wrapper(cast(Any, self), method)

    @overload
    def __get__(self, face: None, owner: type) -> Self: ...
    @overload
    def __get__(self, face: Face, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, face: AsyncFace, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, face: Face | AsyncFace | None, owner: type) -> Any:
        if face is None:
            return self
        found = face

        def act(*args: Any, **kwargs: Any) -> Any:
            operation = _operation(found, self._name)(*args, **kwargs)
            return found.world.run(_watched(found, self._name, operation))

        return update_wrapper(act, self._method)


class stream(Generic[P, T]):
    """One streaming verb on both faces: iterate it; leaving early closes it."""

    def __init__(self, method: Callable[Concatenate[Any, P], Operation[None]], item: type[T]) -> None:
        self._method, self._name = method, method.__name__
        update_wrapper(cast(Any, self), method)

    @overload
    def __get__(self, face: None, owner: type) -> Self: ...
    @overload
    def __get__(self, face: Face, owner: type) -> Callable[P, Stream[T]]: ...
    @overload
    def __get__(self, face: AsyncFace, owner: type) -> Callable[P, AsyncStream[T]]: ...
    def __get__(self, face: Face | AsyncFace | None, owner: type) -> Any:
        if face is None:
            return self
        found, kind = face, Stream if isinstance(face, Face) else AsyncStream

        def act(*args: Any, **kwargs: Any) -> Any:
            operation = _operation(found, self._name)(*args, **kwargs)
            return kind(found.world, _watched(found, self._name, operation))  # type: ignore[arg-type]

        return update_wrapper(act, self._method)


class Stream(Generic[T]):
    """Items of a streaming verb, one reader; `findings` grows while it is read."""

    def __init__(self, world: SyncWorld, operation: Operation[Any]) -> None:
        self._batches, self.findings = world.stream(operation), list[Finding]()
        self._items: Iterator[T] = self._flat()

    def _flat(self) -> Iterator[T]:
        try:
            for batch in self._batches:
                for page in batch:
                    self.findings += page.findings
                    yield from page.items
        except OrderHubError as error:
            raise bared(error)  # noqa: B904  # the same error

    def __iter__(self) -> Iterator[T]:
        return self._items

    def __next__(self) -> T:
        return next(self._items)

    def close(self) -> None:
        """Stop reading; pages not yet read are not fetched."""
        cast(Any, self._items).close()
        cast(Any, self._batches).close()


class AsyncStream(Generic[T]):
    """Items of a streaming verb, one reader, awaited."""

    def __init__(self, world: AsyncWorld, operation: Operation[Any]) -> None:
        self._batches, self.findings = world.stream(operation), list[Finding]()
        self._items: AsyncGenerator[T, None] = self._flat()

    async def _flat(self) -> AsyncGenerator[T, None]:
        try:
            async for found in self._batches:
                for page in found.batch:
                    self.findings += page.findings
                    for item in page.items:
                        yield item
        except OrderHubError as error:
            raise bared(error)  # noqa: B904  # the same error

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        return await self._items.__anext__()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop reading; pages not yet read are not fetched."""
        await self._items.aclose()
        await self._batches.aclose()


class _ChannelVerbs:
    """Every verb of a shop; `capabilities` says which ones this platform has."""

    verbs = dict(CHANNEL_VERBS)

    orders = stream(Channel.orders, Order)
    refunds = stream(Channel.refunds, Refund)
    listings = stream(Channel.listings, Listing)
    get_order = verb(Channel.get_order)
    count_orders = verb(Channel.count_orders)
    get_refund = verb(Channel.get_refund)
    agree_refund = verb(Channel.agree_refund)
    refuse_refund = verb(Channel.refuse_refund)
    agree_return = verb(Channel.agree_return)
    confirm_return = verb(Channel.confirm_return)
    refuse_return = verb(Channel.refuse_return)
    ship_exchange = verb(Channel.ship_exchange)
    refuse_reasons = verb(Channel.refuse_reasons)
    return_addresses = verb(Channel.return_addresses)
    list_invoice_requests = verb(Channel.list_invoice_requests)
    ship = verb(Channel.ship)
    carriers = verb(Channel.carriers)
    change_address = verb(Channel.change_address)
    set_memo = verb(Channel.set_memo)
    close_order = verb(Channel.close_order)
    push_stock = verb(Channel.push_stock)
    change_stock = verb(Channel.change_stock)
    decode_message = verb(Channel.decode_message)
    pull_messages = verb(Channel.pull_messages)
    confirm_messages = verb(Channel.confirm_messages)
    permit_messages = verb(Channel.permit_messages)
    decrypt = verb(Channel.decrypt)
    merge_groups = verb(Channel.merge_groups)
    server_time = verb(Channel.server_time)
    waybill_accounts = verb(Channel.waybill_accounts)
    waybill_templates = verb(Channel.waybill_templates)
    create_waybills = verb(Channel.create_waybills)
    find_waybills = verb(Channel.find_waybills)
    query_waybills = verb(Channel.query_waybills)
    cancel_waybill = verb(Channel.cancel_waybill)

    connector: Connector
    ops: Any
    world: Any

    @property
    def platform(self) -> str:
        """The platform's name."""
        return self.connector.name

    @property
    def shop_id(self) -> str:
        """The shop's id in keys and configuration."""
        return str(self.ops.config.shop_id)

    @property
    def key(self) -> str:
        """`platform:shop_id`."""
        return f"{self.platform}:{self.shop_id}"

    @property
    def capabilities(self) -> dict[str, Capability]:
        """verb -> whether this platform has it, with limits, or why not."""
        return self.connector.capabilities(CHANNEL_VERBS)

    @property
    def credentials_expire_at(self) -> datetime | None:
        """When the access token lapses, aware UTC; None when the platform does not say."""
        token = self.world.services.box.current.token
        return token.expires_at if token else None

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where the seller is sent to authorise the app; `state` comes back unchanged."""
        made = _operation(cast(Any, self), "authorize_url")(redirect_uri, state)
        return cast(str, made(self.world.services.clock.now()) if callable(made) else made)  # some are signed and dated


class Shop(_ChannelVerbs, Face):
    """One merchant account on one platform, sync."""

    def exchange_code(self, code: str, redirect_uri: str = "") -> datetime | None:
        """Turn an authorisation code into tokens and use them from now on; answers when they lapse (UTC).

        Raises:
            AuthError: The code is wrong, used or lapsed.
        """
        token = self.world.run(_operation(self, "exchange_code")(code, redirect_uri))
        self.world.services.box.save(token)
        return self.credentials_expire_at


class AsyncShop(_ChannelVerbs, AsyncFace):
    """One merchant account on one platform, async."""

    async def exchange_code(self, code: str, redirect_uri: str = "") -> datetime | None:
        """Turn an authorisation code into tokens and use them from now on; answers when they lapse (UTC)."""
        token = await self.world.run(_operation(self, "exchange_code")(code, redirect_uri))
        self.world.services.box.save(token)
        return self.credentials_expire_at
