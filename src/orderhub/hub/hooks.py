"""The hooks of this process: callables of the host by name. Imports `models`, `errors`, `drivers`.

A hook is never trusted to end well: whatever it raises is answered as a value, and remembered for the host to look at.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib import import_module
from inspect import iscoroutinefunction
from typing import Any, Literal, cast

from orderhub.errors import ConfigurationError
from orderhub.models.events import HubEvent

__all__ = [
    "DELIVERING", "AsyncHookBox", "EventPolicy", "Hook", "HookBox", "HookFailure", "hook_name", "load_hooks",
    "read_event_policy",
]  # fmt: skip

_LOG = logging.getLogger("orderhub.events")
_LOG.addHandler(logging.NullHandler())
FAILURES_KEPT = 100
Hook = Callable[[Any], Any]
"""Takes one `HubEvent`; what it returns is ignored, and awaited where the hub is an `AsyncHub`."""
DELIVERING: ContextVar[bool] = ContextVar("orderhub_delivering", default=False)
"""Whether a hook is running here: what it does to the hub is told by the round that called it, by no round inside."""


@dataclass(frozen=True, slots=True)
class EventPolicy:
    """How events are delivered.

    Attributes:
        deliver: `after` every command that writes, in the process that ran it; `called` only by `deliver_events`.
        attempts_max: Tries of one event with one hook before it is parked.
        first_wait_s, longest_wait_s: Between tries; doubles from the first to the longest.
        hooks: `package.module:function` of functions that take the hub and subscribe; called when it is opened.
    """

    deliver: Literal["after", "called"] = "after"
    attempts_max: int = 12
    first_wait_s: int = 10
    longest_wait_s: int = 3600
    hooks: tuple[str, ...] = ()

    def wait(self, attempts: int) -> timedelta:
        """Until the next try, after so many."""
        return timedelta(seconds=min(self.longest_wait_s, self.first_wait_s * 2 ** min(attempts - 1, 30)))


def read_event_policy(given: Mapping[str, Any] | EventPolicy) -> EventPolicy:
    """From the table `events` of a configuration.

    Raises:
        ConfigurationError: An unknown key, a word that is none of the choices, a figure below one.
    """
    if isinstance(given, EventPolicy):
        return given
    if strange := sorted(set(given) - set(EventPolicy.__dataclass_fields__)):
        raise ConfigurationError(f"events: unknown key {', '.join(strange)}", field="events")
    made = EventPolicy(**{**given, "hooks": tuple(given.get("hooks", ()))})
    figures = (made.attempts_max, made.first_wait_s, made.longest_wait_s)
    if any(isinstance(each, bool) or not isinstance(each, int) or each < 1 for each in figures):
        raise ConfigurationError("events: attempts_max and waits are whole numbers from 1", field="events")
    if made.deliver not in ("after", "called"):
        raise ConfigurationError("events: deliver is after or called", field="events")
    return made


@dataclass(frozen=True, slots=True)
class HookFailure:
    """A hook that raised, with the exception itself; kept in this process only."""

    hook: str
    event: HubEvent
    error: Exception


class HookBox:
    """The hooks of a `Hub`."""

    def __init__(self) -> None:
        self._hooks: dict[str, Hook] = {}
        self.failures: deque[HookFailure] = deque(maxlen=FAILURES_KEPT)

    def add(self, name: str, hook: Hook) -> None:
        """Raises `ConfigurationError` for a coroutine function, which only an `AsyncHub` can await."""
        if iscoroutinefunction(hook):
            raise ConfigurationError(f"the hook {name} is asynchronous: subscribe it at an AsyncHub", field="hook")
        self._hooks[name] = hook

    def remove(self, name: str) -> None:
        """An unknown name is removed already."""
        self._hooks.pop(name, None)

    def names(self) -> tuple[str, ...]:
        """Hooks that can be called here, sorted."""
        return tuple(sorted(self._hooks))

    def call(self, name: str, event: HubEvent) -> Any:
        """None when the hook returned, else what it raised."""
        token = DELIVERING.set(True)
        try:
            self._hooks[name](event)
        except Exception as error:
            return self._failed(name, event, error)
        finally:
            DELIVERING.reset(token)
        return None

    def _failed(self, name: str, event: HubEvent, error: Exception) -> Exception:
        """The log names types only: what a host's exception says may be about people."""
        self.failures.append(HookFailure(name, event, error))
        _LOG.warning("hook %s raised %s at %s %s", name, type(error).__name__, event.kind, event.event_id)
        return error


class AsyncHookBox(HookBox):
    """The hooks of an `AsyncHub`: coroutine functions are awaited, others run in the pool of the stores."""

    def add(self, name: str, hook: Hook) -> None:
        """Any callable."""
        self._hooks[name] = hook

    async def call(self, name: str, event: HubEvent) -> Any:
        """See `HookBox.call`."""
        from orderhub.drivers.aio import run_in_pool

        hook, token = self._hooks[name], DELIVERING.set(True)
        try:
            found = hook(event) if iscoroutinefunction(hook) else run_in_pool(partial(hook, event))
            await found
        except Exception as error:
            return self._failed(name, event, error)
        finally:
            DELIVERING.reset(token)
        return None


def hook_name(hook: Hook, name: str | None) -> str:
    """The name under which a hook's queue is found again after a restart.

    Raises:
        ConfigurationError: The callable has no name of its own that would be the same next time.
    """
    given = name or f"{getattr(hook, '__module__', '')}.{getattr(hook, '__qualname__', '')}"
    if name is None and ("<" in given or given.startswith(".") or given.endswith(".")):
        raise ConfigurationError("give the hook a name=: its queue is found by it after a restart", field="name")
    if not 0 < len(given) <= 200 or not given.isprintable() or ":" in given:
        raise ConfigurationError("names of hooks are up to 200 printable characters without a colon", field="name")
    return given


def load_hooks(hub: Any, places: Sequence[str]) -> None:
    """Call every `package.module:function` of the configuration with the hub.

    Raises:
        ConfigurationError: A place leads nowhere.
    """
    for place in places:
        module, _, function = place.partition(":")
        try:
            made = cast("Callable[[Any], Any]", getattr(import_module(module), function))
        except (ImportError, AttributeError, ValueError) as error:
            raise ConfigurationError(f"events.hooks: {place} cannot be loaded: {error}", field="events") from None
        made(hub)
