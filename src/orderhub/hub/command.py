"""One command on both hubs from one generator. Imports `drivers`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast, overload

from orderhub.drivers.faces import AsyncStream, Stream
from orderhub.drivers.sync import SyncWorld
from orderhub.flow.steps import Operation

if TYPE_CHECKING:
    from orderhub.hub.core import AsyncHub, Hub

__all__ = ["command", "streaming"]

P = ParamSpec("P")
T = TypeVar("T")


class command(Generic[P, T]):  # used like a keyword in class bodies
    """A method of the hub's operations, run by `Hub` and awaited by `AsyncHub`."""

    def __init__(self, method: Callable[Concatenate[Any, P], Operation[T]]) -> None:
        self._method, self._name = method, method.__name__
        self._writes = "dry_run" in method.__code__.co_varnames  # as every command that writes has it
        update_wrapper(cast(Any, self), method)

    @overload
    def __get__(self, hub: None, owner: type) -> Self: ...
    @overload
    def __get__(self, hub: Hub, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, hub: AsyncHub, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, hub: Any, owner: type) -> Any:
        if hub is None:
            return self

        def act(*args: Any, **kwargs: Any) -> Any:
            writing = self._writes and not kwargs.get("dry_run")
            return hub.run(hub._watched(self._name, self._method(hub.ops, *args, **kwargs)), is_writing=writing)

        return update_wrapper(act, self._method)


class streaming(Generic[P, T]):  # used like a keyword in class bodies
    """A method of the hub's operations that hands out pages: iterated in `Hub`, asynchronously in `AsyncHub`."""

    def __init__(self, method: Callable[Concatenate[Any, P], Operation[None]], item: type[T]) -> None:
        self._method = method
        update_wrapper(cast(Any, self), method)

    @overload
    def __get__(self, hub: None, owner: type) -> Self: ...
    @overload
    def __get__(self, hub: Hub, owner: type) -> Callable[P, Stream[T]]: ...
    @overload
    def __get__(self, hub: AsyncHub, owner: type) -> Callable[P, AsyncStream[T]]: ...
    def __get__(self, hub: Any, owner: type) -> Any:
        if hub is None:
            return self
        kind: Any = Stream if isinstance(hub.world, SyncWorld) else AsyncStream

        def act(*args: Any, **kwargs: Any) -> Any:
            return kind(hub.world, hub._watched(self._method.__name__, self._method(hub.ops, *args, **kwargs)))

        return update_wrapper(act, self._method)
