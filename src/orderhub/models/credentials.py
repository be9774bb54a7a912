"""What a connector signs with. It stays in the process that was given it. Imports `errors`.

No pickle takes these objects along, nor does JSON take credentials: who wants the secrets in the clear asks for them by
`reveal()`, whose names are those of `orderhub.connect`. A token alone is the host's to keep, field by field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn, Self

from orderhub.errors import SecurityError

__all__ = ["Credentials", "Token"]


class _Sealed:
    """Copies are the object itself; what would carry it out of the process is refused."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise SecurityError(
            f"{type(self).__name__} holds secrets and is not pickled; let the other process read its own configuration,"
            " or ask for them by reveal()"
        )

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        return self


@dataclass(frozen=True, slots=True)
class Token(_Sealed):
    """What a token endpoint gave. Instants UTC; the repr shows no secret, and a pickle is refused."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: Mapping[str, datetime] = field(default_factory=dict)
    account: Mapping[str, str] = field(default_factory=dict, repr=False)

    def reveal(self) -> dict[str, Any]:
        """The tokens in the clear, under the names that `orderhub.connect` takes them by."""
        return {
            "access_token": self.access_token, "refresh_token": self.refresh_token, "expires_at": self.expires_at
        }  # fmt: skip


class Credentials(_Sealed):
    """Everything a connector signs with; immutable. The repr shows no secret.

    No dataclass on purpose: fast JSON writers and `dataclasses.asdict` would spell its secrets out.

    Attributes:
        app_key, app_secret: What the platform's console shows for the app.
        token: The current token, if any.
        version: Grows with every refresh.
        previous_secrets: What else may have signed a message of the platform, while keys are changed; calls are never
            signed with these. They stand in for whatever signs messages there: the app's secret, a webhook's, a token.
    """

    __slots__ = ("app_key", "app_secret", "previous_secrets", "token", "version")
    app_key: str
    app_secret: str
    token: Token | None
    version: int
    previous_secrets: tuple[str, ...]

    def __init__(
        self, app_key: str, app_secret: str, token: Token | None = None, version: int = 0, *,
        previous_secrets: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        given = (app_key, app_secret, token, version, tuple(previous_secrets))
        for name, value in zip(("app_key", "app_secret", "token", "version", "previous_secrets"), given, strict=True):
            object.__setattr__(self, name, value)

    @property
    def access_token(self) -> str | None:
        """The current access token, if any."""
        return self.token.access_token if self.token else None

    def with_token(self, token: Token | None, version: int | None = None) -> Credentials:
        """The same app with another token; `version` stays unless it is given."""
        number = self.version if version is None else version
        return Credentials(self.app_key, self.app_secret, token, number, previous_secrets=self.previous_secrets)

    def reveal(self) -> dict[str, Any]:
        """All secrets in the clear, under the names that `orderhub.connect` takes them by."""
        told = {"app_key": self.app_key, "app_secret": self.app_secret, "previous_secrets": self.previous_secrets}
        return told | (self.token.reveal() if self.token else {})

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"credentials are not changed; make others: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"credentials are not changed; make others: {name}")

    def __repr__(self) -> str:
        return f"Credentials(token={self.token!r}, version={self.version})"

    def _all(self) -> tuple[Any, ...]:
        return self.app_key, self.app_secret, self.token, self.version, self.previous_secrets

    def __eq__(self, other: object) -> bool:
        return self._all() == other._all() if isinstance(other, Credentials) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.app_key, self.app_secret, self.version, self.access_token))
