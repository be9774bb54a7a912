"""Every error this library raises, in one tree. Imports nothing of the library.

OrderHubError
├── ConfigurationError        wrong or missing setting, plug-in not loadable
├── SecurityError             a foreign or private host, a forged message, a secret about to leave
├── UnsupportedOperation      this platform cannot; says which can
├── DecodeError               a reply does not match its table (field, path, request id)
├── TransportError            no reply: ConnectFailed, TimedOut            (retryable)
├── OutcomeUnknown            a write was sent and no reply came: reconcile, do not repeat
├── PlatformError             a reply that says no: RateLimited, PlatformUnavailable (retryable)
│   ├── AuthError             TokenExpired, SignatureRejected, ClockSkewed, PermissionDenied
│   └── RequestRejected       NotFound, Conflict, InvalidParameter
├── InventoryError            InsufficientStock, ReservationResolved, StaleVersion (retryable)
└── LogisticsError            NotServiceable, WaybillRejected, NoCarrier, WaybillPending (retryable)
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AuthError", "ClockSkewed", "ConfigurationError", "Conflict", "ConnectFailed", "DecodeError",
    "InsufficientStock", "InvalidParameter", "InventoryError", "LogisticsError", "NoCarrier", "NotFound",
    "NotServiceable", "OrderHubError", "OutcomeUnknown", "PermissionDenied", "PlatformError",
    "PlatformUnavailable", "RateLimited", "RequestRejected", "ReservationResolved", "SecurityError",
    "SignatureRejected", "StaleVersion", "TimedOut", "TokenExpired", "TransportError",
    "UnsupportedOperation", "WaybillPending", "WaybillRejected",
]  # fmt: skip


class OrderHubError(Exception):
    """Root of every error raised here.

    Attributes:
        message: What happened and what to do, or the platform's original text. Never holds secrets or personal data.
        retryable: True when the same call may succeed later without any change.
        platform, operation: Where it happened, when known.
        code, sub_code, request_id: The platform's own words, for its support desk.
        retry_after_s: Seconds that the platform asked to wait.
        field, path, value: For bad data: canonical field, wire path and the masked value.
    """

    retryable: bool = False

    def __init__(
        self,
        message: str = "",
        *,
        platform: str | None = None,
        operation: str | None = None,
        code: str | None = None,
        sub_code: str | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
        retryable: bool | None = None,
        field: str | None = None,
        path: str | None = None,
        value: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.platform, self.operation = platform, operation
        self.code, self.sub_code, self.request_id = code, sub_code, request_id
        self.retry_after_s = retry_after_s
        self.field, self.path, self.value, self.status = field, path, value, status
        if retryable is not None:
            self.retryable = retryable

    def __str__(self) -> str:
        told = (f"{name}={value}" for name, value in self.context().items() if name not in {"message", "value"})
        value = f" (got {self.value})" if self.value is not None else ""
        where = ", ".join(told)
        return f"{self.message or type(self).__name__}{value}" + (f" [{where}]" if where else "")

    def context(self) -> dict[str, Any]:
        """What is known about the failure, as plain values for logs and JSON; empty facts left out."""
        names = ("platform", "operation", "code", "sub_code", "request_id", "retry_after_s", "field", "path", "status")
        told = {name: getattr(self, name) for name in names}
        return {name: value for name, value in told.items() if value is not None}

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.__dict__.copy())


def _rebuild(kind: type[OrderHubError], state: dict[str, Any]) -> OrderHubError:
    error = kind(state.get("message", ""))
    error.__dict__.update(state)
    return error


class ConfigurationError(OrderHubError):
    """A setting is wrong or missing, or a plug-in cannot be loaded."""


class SecurityError(OrderHubError):
    """Refused for safety: a foreign or private host, a forged message, a secret about to leave."""


class UnsupportedOperation(OrderHubError):
    """The platform has no such operation; the message says why and which platforms have it."""


class DecodeError(OrderHubError):
    """A reply or document does not match its table; names field, wire path, masked value and request id."""


class TransportError(OrderHubError):
    """No usable reply arrived; `sent` tells whether the request may have reached the platform."""

    retryable = True
    sent: bool = True


class ConnectFailed(TransportError):
    """No connection was made, so nothing was executed."""

    sent = False


class TimedOut(TransportError):
    """The request was sent and no reply came in time."""


class OutcomeUnknown(OrderHubError):
    """A write was sent and its reply was lost: read the state before deciding, never repeat blindly."""


class PlatformError(OrderHubError):
    """The platform answered no; carries its code, text and request id."""


class RateLimited(PlatformError):
    """Too many calls; `retry_after_s` holds the platform's wait when it tells one."""

    retryable = True


class PlatformUnavailable(PlatformError):
    """The platform is down or overloaded; try again later."""

    retryable = True


class AuthError(PlatformError):
    """Credentials were refused; only this shop is affected."""


class TokenExpired(AuthError):
    """The access token is no longer valid; it is refreshed once, else the seller must authorise again."""


class SignatureRejected(AuthError):
    """The signature did not match: check app secret and signing method."""


class ClockSkewed(AuthError):
    """The timestamp was refused: the clock offset is learnt from the server and the call is signed again."""


class PermissionDenied(AuthError):
    """The app or the seller lacks the permission package for this operation."""


class RequestRejected(PlatformError):
    """The request itself is at fault; repeating it unchanged cannot help."""


class NotFound(RequestRejected):
    """No such order, listing or document in this shop."""


class Conflict(RequestRejected):
    """The state of the object forbids the change, e.g. it is already shipped or closed."""


class InvalidParameter(RequestRejected):
    """A parameter is missing or malformed; the platform's text says which."""


class InventoryError(OrderHubError):
    """A stock command could not be carried out."""


class InsufficientStock(InventoryError):
    """Less is available than was asked for."""


class ReservationResolved(InventoryError):
    """The reservation was already committed, released or expired."""


class StaleVersion(InventoryError):
    """Somebody else wrote first; read again and retry."""

    retryable = True


class LogisticsError(OrderHubError):
    """A carrier operation could not be carried out."""


class NotServiceable(LogisticsError):
    """The destination or the goods are outside what the carrier takes."""


class WaybillRejected(LogisticsError):
    """The carrier refused the waybill request."""


class WaybillPending(LogisticsError):
    """The platform has taken the shipment and has not told its number yet: ask for the same parcel again later."""

    retryable = True


class NoCarrier(LogisticsError):
    """No carrier is eligible; the message lists each carrier with its reason."""
