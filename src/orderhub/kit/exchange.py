"""One signed call with everything around it: limit, credentials, clock, retry, refresh. Imports `flow`, `errors`.

Order, from outside in: retry, rate limit, credentials, clock, sign, send, open. The limiter stands inside the retry,
so that a retried call waits its turn again; each try is signed afresh.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from orderhub.errors import (
    ClockSkewed,
    DecodeError,
    OrderHubError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    TokenExpired,
    TransportError,
)
from orderhub.flow.message import Reply, Request
from orderhub.flow.retry import retrying
from orderhub.flow.steps import Operation, ask, call, now, secret, take
from orderhub.models.channel import Credentials

__all__ = ["Build", "Open", "check_http", "exchange", "server_now"]

WAIT_MAX_S = 7 * 86400.0
"""A platform's ban that is longer than a week is not believed."""
Build = Callable[[Credentials, datetime], Request]
Open = Callable[[Reply], Any]


def exchange(
    name: str,
    build: Build,
    open_reply: Open,
    *,
    write: bool = False,
    keyed: bool = False,
    app: Credentials | None = None,
) -> Operation[Any]:
    """Send one request and answer what `open_reply` makes of the reply.

    Args:
        name: The platform's operation, for limits and errors.
        build: Signs a fresh request for (credentials, server instant).
        open_reply: Raises a typed error for a reply that says no.
        write: A lost reply becomes `OutcomeUnknown` instead of a repeat.
        keyed: The write has the same effect however often it is sent, so it may be repeated.
        app: Fixed credentials, for calls that need no access token.
    Raises:
        OrderHubError: See `errors`; each names `name`.
    """
    careful = write and not keyed

    def once() -> Operation[Any]:
        yield from take(name)
        credentials = app or (yield from secret())
        return (yield from _attempt(name, build, open_reply, credentials, app))

    if careful:
        return (yield from _guarded(name, once))
    return (yield from retrying(once))


def _guarded(name: str, once: Callable[[], Operation[Any]]) -> Operation[Any]:
    """A write that must not be repeated blindly: only provably unexecuted tries are retried."""

    def safe() -> Operation[Any]:
        try:
            return (yield from once())
        except (PlatformUnavailable, DecodeError) as error:
            raise _unknown(name, error) from error
        except TransportError as error:
            if error.sent:
                raise _unknown(name, error) from error
            raise

    return (yield from retrying(safe))


def _unknown(name: str, error: OrderHubError) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{name} was sent and its outcome is not known ({type(error).__name__}); read the state before repeating it",
        platform=error.platform, operation=name, request_id=error.request_id,
    )  # fmt: skip


def _attempt(
    name: str, build: Build, open_reply: Open, credentials: Credentials, app: Credentials | None
) -> Operation[Any]:
    """Send; a lapsed token or a skewed clock is mended once, inside the same try."""
    mended: set[type] = set()
    while True:
        request = build(credentials, (yield from server_now()))
        try:
            reply = yield from call(request)
        except OrderHubError as error:
            raise _named(error, name) from None
        try:
            return open_reply(reply)
        except TokenExpired as error:
            if app is not None or TokenExpired in mended:
                raise _named(error, name) from None
            mended.add(TokenExpired)
            credentials = yield from secret(stale=credentials.version)
        except ClockSkewed as error:
            if ClockSkewed in mended or not (yield from _learn_clock(reply)):
                raise _named(error, name) from None
            mended.add(ClockSkewed)
        except RateLimited as error:
            yield from ask("limits", "throttled", name, error.retry_after_s)
            raise _named(error, name) from None
        except OrderHubError as error:
            raise _named(error, name) from None


def _named(error: OrderHubError, name: str) -> OrderHubError:
    error.operation = error.operation or name
    return error


def server_now() -> Operation[datetime]:
    """The platform's instant as far as it is known: our clock plus the learnt offset; aware, UTC."""
    offset = yield from ask("skew", "offset_s")
    return (yield from now()) + timedelta(seconds=offset)


def _learn_clock(reply: Reply) -> Operation[bool]:
    """Learn the server's offset from its Date header; False when there is none."""
    stated = reply.headers.get("date")
    try:
        at = parsedate_to_datetime(stated) if stated else None
    except ValueError:
        at = None
    if at is None:
        return False
    yield from ask("skew", "learn", (at - (yield from now())).total_seconds())
    return True


def check_http(reply: Reply, *, platform: str, expected: Mapping[int, str] | None = None) -> None:
    """Raise the error that the HTTP layer alone tells: 429, 5xx, a page instead of data.

    Raises:
        RateLimited, PlatformUnavailable, DecodeError: With status and, for a page, what kind of page it was.
    """
    if reply.status == 429:
        raise RateLimited("HTTP 429", platform=platform, status=429, retry_after_s=_seconds(reply.headers))
    if reply.status >= 500:
        raise PlatformUnavailable(f"HTTP {reply.status}", platform=platform, status=reply.status)
    kind = reply.headers.get("content-type", "")
    if "html" in kind or reply.body[:64].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise DecodeError(
            f"an HTML page of {len(reply.body)} bytes instead of data: a gateway or login page answered; "
            "check base_url and the network path",
            platform=platform, status=reply.status, retryable=True,
        )  # fmt: skip


def _seconds(headers: Mapping[str, str]) -> float | None:
    """What the platform asks to wait; None when it says nothing that is a wait, such as a date or an endless one."""
    try:
        found = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return found if 0 <= found <= WAIT_MAX_S else None
