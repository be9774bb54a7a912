"""What both worlds hold for one shop: ports, limiter, budget, credentials. Imports `drivers`, `ports`, `models`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orderhub.drivers.budget import RetryBudget
from orderhub.drivers.clock import Randomness, Skew, SystemClock
from orderhub.drivers.guard import HostGuard
from orderhub.drivers.limiter import Limiter
from orderhub.errors import AuthError, ConfigurationError, OrderHubError, TokenExpired
from orderhub.models.channel import Credentials, Token
from orderhub.ports import Clock, TokenStore
from orderhub.ports.observe import Observer, Subject

__all__ = ["INLINE", "LIVE", "CredentialBox", "Services"]

LIVE = ("shop:", "carrier:")
"""Prefixes of ports that are faces of shops and carriers: awaited in the async world."""
INLINE = frozenset({"hooks", "limits", "retry", "skew"})
"""Ports that do not block, unless they say so: the async world calls them directly instead of in a thread."""
REFRESH_AHEAD = timedelta(minutes=5)
REFUSED_PAUSE = timedelta(minutes=5)


@dataclass
class CredentialBox:
    """The shop's current credentials, backed by a token store when there is one.

    A refresh that was refused is not tried again for five minutes; what another process refreshed is taken over.
    The store's key holds a digest of the token that was configured, so that a newly configured one is never hidden
    by what an older one had become.
    """

    current: Credentials
    shop_key: str
    store: TokenStore | None = None
    refused_at: datetime | None = None
    refusal: AuthError | None = None
    _stored_version: int = 0
    _store_key: str = ""

    def __post_init__(self) -> None:
        token = self.current.token
        given = f"{token.access_token}\n{token.refresh_token}" if token else ""
        self._store_key = f"{self.shop_key}#{hashlib.sha256(given.encode()).hexdigest()[:16]}"

    def reload(self) -> None:
        """Take over a newer token from the store."""
        if self.store is None or (found := self.store.get_token(self._store_key)) is None:
            return
        token, version = found
        if version > self._stored_version:
            self._stored_version = version
            if token.access_token != self.current.access_token:
                self.put(token)

    def put(self, token: Token) -> None:
        """Replace the token in memory."""
        self.current = self.current.with_token(token, self.current.version + 1)

    def save(self, token: Token) -> None:
        """Replace the token in memory and in the store; another process's newer one wins."""
        self.put(token)
        if self.store is not None:
            self._stored_version = self.store.put_token(self._store_key, token, self._stored_version)

    def needs_refresh(self, stale: int | None, now: datetime) -> bool:
        """Whether to refresh before answering: the platform refused this version, or it lapses soon."""
        token = self.current.token
        if stale is not None and stale == self.current.version:
            return True
        if token is None or token.expires_at is None or token.refresh_token is None or stale is not None:
            return False
        return now >= token.expires_at - REFRESH_AHEAD and not self._paused(now)

    def _paused(self, now: datetime) -> bool:
        return self.refused_at is not None and now - self.refused_at < REFUSED_PAUSE

    def refresh_token(self, now: datetime) -> str:
        """The token to refresh with; raises `TokenExpired` when only the seller can help."""
        token = self.current.token
        if token is None or token.refresh_token is None:
            raise TokenExpired(
                f"the access token of {self.shop_key} is refused and there is no refresh token: "
                "send the seller to shop.authorize_url() and pass the code to shop.exchange_code()",
                platform=self.shop_key.split(":")[0],
            )
        if self._paused(now) and self.refusal is not None:
            raise self.refusal
        return token.refresh_token

    def refuse(self, error: OrderHubError, now: datetime) -> None:
        """Remember that the platform refused to refresh; a mere lost connection is forgotten."""
        if isinstance(error, AuthError):
            self.refused_at, self.refusal = now, error


@dataclass
class Services:
    """Everything the steps of one shop need, apart from the transport.

    Attributes:
        ports: name -> object for `Ask` steps.
        refresh: refresh token -> operation that answers a new `Token`.
        observer, subject: Who watches the steps, if anybody, and whose steps they are.
    """

    guard: HostGuard
    box: CredentialBox | None = None
    refresh: Callable[[str], Any] | None = None
    clock: Clock = field(default_factory=SystemClock)
    randomness: Randomness = field(default_factory=Randomness)
    limiter: Limiter = field(default_factory=Limiter)
    ports: dict[str, Any] = field(default_factory=dict, repr=False)
    observer: Observer | None = None
    subject: Subject = field(default_factory=Subject)

    def __post_init__(self) -> None:
        budget = RetryBudget(random=self.randomness.random)
        self.ports = {"retry": budget, "skew": Skew(), "limits": _Limits(self), **self.ports}

    def port(self, name: str) -> Any:
        """The port called `name`; raises `ConfigurationError` that lists what there is."""
        try:
            return self.ports[name]
        except KeyError:
            raise ConfigurationError(f"no port {name!r} here; there are {', '.join(sorted(self.ports))}") from None


class _Limits:
    """The limiter with the clock filled in."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def blocks(self) -> bool:
        """See `Limiter.blocks`."""
        return self._services.limiter.blocks

    def throttled(self, operation: str, retry_after_s: float | None) -> None:
        """See `Limiter.throttled`."""
        self._services.limiter.throttled(operation, retry_after_s, self._services.clock.now())

    def learned(self, operation: str, rate_per_s: float, burst: float | None = None) -> None:
        """See `Limiter.learned`."""
        self._services.limiter.learned(operation, rate_per_s, burst, self._services.clock.now())
