"""One shop or carrier from its name and credentials. Imports `drivers`, `plugins`, `kit`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from orderhub.drivers.limiter import ANY, Limiter, account
from orderhub.drivers.services import CredentialBox, Services
from orderhub.drivers.tables import read_document
from orderhub.errors import ConfigurationError, SecurityError
from orderhub.kit.spec import Connector, ShopConfig
from orderhub.models.channel import Credentials, Rate, Token
from orderhub.plugins import CARRIERS, CONNECTORS, find
from orderhub.ports import AsyncTransport, Clock, TokenStore, Transport
from orderhub.ports.observe import Observer, Subject
from orderhub.stores.quota_base import Quotas
from orderhub.stores.quota_memory import MemoryQuotas

if TYPE_CHECKING:
    from orderhub.drivers.carriers import AsyncCarrierFace, CarrierFace
    from orderhub.drivers.faces import AsyncShop, Shop

__all__ = ["carrier", "carrier_async", "connect", "connect_async"]

ASYNC_TRANSPORTS = {
    "httpx": ("orderhub.drivers.transport", "AsyncHttpTransport"),
    "aiohttp": ("orderhub.drivers.transport_aiohttp", "AiohttpTransport"),
}
"""name -> module and class."""
_SANDBOX_MARK = "sandbox-"
PREVIOUS_MAX = 8
"""Most keys that a message is tried with beside the current one."""


def connect(platform: str, *, transport: Transport | None = None, **given: Any) -> Shop:
    """One shop, sync.

    Args:
        platform: A connector's name; `orderhub connectors` lists them.
        transport: How requests are sent; httpx when left out.
        given: shop_id, app_key, app_secret, access_token, refresh_token, expires_at; previous_secrets, which messages
            may still be signed with while keys are changed; base_url and token_url for a
            sandbox or proxy; tokens (a `TokenStore`), clock, overrides (table -> field -> row), connector (instead of
            the installed one), and the platform's own settings. rates: operation -> calls a second instead of the
            documented figure, 0 for no limit of ours, `*` for every operation that is not named. quotas: where call
            quotas are kept, from `orderhub.stores.quota_base.open_quotas`, so that shops and processes share them.
            observer: who watches, such as `orderhub.telemetry.OtelObserver`.
    Returns:
        A `Shop`.
    Raises:
        ConfigurationError: Unknown platform or setting, missing credentials.
        SecurityError: Sandbox credentials without an explicit base_url.
    """
    from orderhub.drivers.faces import Shop
    from orderhub.drivers.sync import SyncWorld

    connector, operations, services = _parts(platform, CONNECTORS, given)
    return Shop(connector, operations, SyncWorld(services, _http(transport, services)))


def connect_async(platform: str, *, transport: AsyncTransport | str | None = None, **given: Any) -> AsyncShop:
    """One shop, async: the same verbs awaited. See `connect`; `transport` may be "aiohttp", too (extra `aiohttp`).

    Returns:
        An `AsyncShop`.
    """
    from orderhub.drivers.aio import AsyncWorld
    from orderhub.drivers.faces import AsyncShop

    connector, operations, services = _parts(platform, CONNECTORS, given)
    return AsyncShop(connector, operations, AsyncWorld(services, _async_http(transport, services)))


def carrier(name: str = "", *, transport: Transport | None = None, **given: Any) -> CarrierFace:
    """One carrier account, sync; the same anatomy as `connect`.

    Args:
        name: The carrier's code; left out where the account names it as `carrier`, as those of the sandbox do.
        transport, given: See `connect`.
    Returns:
        A `CarrierFace`.
    """
    from orderhub.drivers.carriers import CarrierFace
    from orderhub.drivers.sync import SyncWorld

    connector, operations, services = _parts(_code(name, given), CARRIERS, given)
    return CarrierFace(connector, operations, SyncWorld(services, _http(transport, services)))


def carrier_async(name: str = "", *, transport: AsyncTransport | None = None, **given: Any) -> AsyncCarrierFace:
    """One carrier account, async. See `carrier`.

    Returns:
        An `AsyncCarrierFace`.
    """
    from orderhub.drivers.aio import AsyncWorld
    from orderhub.drivers.carriers import AsyncCarrierFace

    connector, operations, services = _parts(_code(name, given), CARRIERS, given)
    return AsyncCarrierFace(connector, operations, AsyncWorld(services, _async_http(transport, services)))


def _code(name: str, given: dict[str, Any]) -> str:
    told = given.pop("carrier", None)
    if name or told:
        return name or str(told)
    raise ConfigurationError('which carrier? give its code, e.g. "sf"', field="carrier")


def _http(given: Transport | None, services: Services) -> Transport:
    from orderhub.drivers.transport import HttpTransport

    if isinstance(given, str):
        raise ConfigurationError("a transport by name is for async shops and hubs", field="transport")
    made = HttpTransport() if given is None else given
    _trust(made, services)
    return made


def _async_http(given: AsyncTransport | str | None, services: Services) -> AsyncTransport:
    made = named_transport(given or "httpx") if given is None or isinstance(given, str) else given
    _trust(made, services)
    return made


def named_transport(name: str) -> AsyncTransport:
    """A way to send requests, awaited: "httpx", or "aiohttp" (extra `aiohttp`).

    Raises:
        ConfigurationError: There is no such way, or its library is missing.
    """
    if name not in ASYNC_TRANSPORTS:
        raise ConfigurationError(f"transport: {name!r} is none of {', '.join(ASYNC_TRANSPORTS)}", field="transport")
    module, kind = ASYNC_TRANSPORTS[name]
    try:
        made: AsyncTransport = getattr(import_module(module), kind)()
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f'transport {name} needs a library that is missing: pip install "orderhub[{name}]"', field="transport"
        ) from error
    return made


def _trust(transport: Any, services: Services) -> None:
    """Addresses that the host application gave may lead into its own network."""
    if callable(trust := getattr(transport, "trust", None)):
        trust(*services.guard.explicit)


def _parts(name: str, group: str, given: dict[str, Any]) -> tuple[Connector, Any, Services]:
    """Connector, its operations for this account, and the services around them."""
    given.pop("platform", None)
    connector: Connector = given.pop("connector", None) or find(name, group)
    clock: Clock | None = given.pop("clock", None)
    tokens: TokenStore | None = given.pop("tokens", None)
    quotas: Quotas = given.pop("quotas", None) or MemoryQuotas()
    changed: Mapping[str, Any] = given.pop("rates", None) or {}
    ports: Mapping[str, Any] = given.pop("ports", {})
    observer: Observer | None = given.pop("observer", None)
    scope = "carrier" if group == CARRIERS else "shop"
    _rename(given, connector.spec.credential_names)
    credentials = _credentials(given, needed=connector.spec.needs_credentials)
    if connector.spec.token_from_app:
        credentials = _from_app(credentials)
    shop_id, base_url, token_url = (
        str(given.pop("shop_id", "default")),
        given.pop("base_url", None),
        given.pop("token_url", None),
    )
    _check_sandbox(credentials, base_url, connector)
    overrides = given.pop("overrides", None)
    config = ShopConfig.of(
        connector.spec,
        shop_id,
        base_url=base_url,
        token_url=token_url,
        app=credentials,
        settings=_documents(connector, given),
        overrides=overrides,
    )
    operations = connector.operations(config)
    box = CredentialBox(credentials, f"{connector.name}:{shop_id}", tokens)
    box.reload()
    documented = operations.rates() if hasattr(operations, "rates") else connector.spec.rates
    services = Services(
        _guard(connector, base_url, token_url), box, getattr(operations, "refresh_token", None),
        ports=_ports(config, connector, ports),
        limiter=Limiter(_rates(documented, changed), quotas, account(connector.name, credentials.app_key), shop_id),
        observer=observer, subject=Subject(scope, connector.name, f"{connector.name}:{shop_id}"),
    )  # fmt: skip
    if clock is not None:
        services.clock = clock
    return connector, operations, services


def _documents(connector: Connector, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that are documents may be given as files."""
    named = {setting.name for setting in connector.spec.settings if setting.is_document}
    return {name: read_document(value) if name in named and isinstance(value, str | Path) else value
            for name, value in given.items()}  # fmt: skip


def _ports(config: ShopConfig, connector: Connector, given: Mapping[str, Any]) -> dict[str, Any]:
    """Ports that the host gave, and those that the connector names, opened."""
    found = dict(given)
    for name, place in connector.spec.ports.items():
        if name not in found:
            module, _, function = place.partition(":")
            found[name] = getattr(import_module(module), function)(config)
    return found


def _rename(given: dict[str, Any], names: Mapping[str, str]) -> None:
    """Credentials in the platform's own words become ours; both at once would leave open which one holds."""
    for theirs, ours in names.items():
        if theirs not in given:
            continue
        if ours in given:
            raise ConfigurationError(f"give {ours} or {theirs}, not both: they are one thing", field=theirs)
        given[ours] = given.pop(theirs)


def _credentials(given: dict[str, Any], *, needed: bool = True) -> Credentials:
    key, secret = given.pop("app_key", None), given.pop("app_secret", None)
    access, refresh, until = (given.pop(name, None) for name in ("access_token", "refresh_token", "expires_at"))
    previous = _previous(given.pop("previous_secrets", None))
    if not needed and not key and not secret:
        return Credentials("", "")
    if not key or not secret:
        raise ConfigurationError("app_key and app_secret are needed; the platform's developer console shows them")
    for name, value in (("app_key", key), ("app_secret", secret), ("access_token", access), ("refresh_token", refresh)):
        if value is not None and not isinstance(value, str):
            raise ConfigurationError(f"{name} must be text", field=name)
    if until is not None and not isinstance(until, datetime):
        try:
            until = datetime.fromisoformat(str(until))
        except ValueError:
            raise ConfigurationError("expires_at is no instant: 2030-01-01T00:00:00Z", field="expires_at") from None
    if until is not None and until.tzinfo is None:
        raise ConfigurationError("expires_at needs a time zone", field="expires_at")
    token = Token(access, refresh, until) if access else Token("", refresh, until) if refresh else None
    return Credentials(key, secret, token, previous_secrets=previous)


def _previous(given: Any) -> tuple[str, ...]:
    """Secrets that may still have signed messages."""
    found = tuple(given) if isinstance(given, list | tuple) else () if given is None else (None,)
    if not all(isinstance(one, str) and one for one in found) or len(found) > PREVIOUS_MAX:
        raise ConfigurationError(
            f"previous_secrets must be a list of at most {PREVIOUS_MAX} texts", field="previous_secrets"
        )
    return found


def _from_app(given: Credentials) -> Credentials:
    """Key and secret are all that a new token takes: an empty refresh token says that asking for one is in order."""
    token = given.token or Token("")
    return given.with_token(replace(token, refresh_token=token.refresh_token or ""))


def _rates(documented: Mapping[str, Sequence[Rate]], given: Mapping[str, Any]) -> Mapping[str, Sequence[Rate]]:
    """The documented rates with those that the host gave for this account."""
    try:
        told = {name: [Rate(float(rate))] if float(rate) else [] for name, rate in given.items()}
    except (TypeError, ValueError, AttributeError):
        raise ConfigurationError("rates must be calls a second by operation, e.g. {'*': 5}", field="rates") from None
    if any(rate.calls < 0 for rates in told.values() for rate in rates):
        raise ConfigurationError("a rate must not be negative", field="rates")
    return told if ANY in told else {**documented, **told}


def _check_sandbox(credentials: Credentials, base_url: str | None, connector: Connector) -> None:
    """Sandbox credentials only ever go to an address that was given, never to the real platform."""
    words = (credentials.app_key, credentials.app_secret, credentials.access_token or "")
    if any(word.startswith(_SANDBOX_MARK) for word in words) and not base_url:
        raise SecurityError(f"these are sandbox credentials: give base_url= of the sandbox for {connector.name}")


def _guard(connector: Connector, base_url: str | None, token_url: str | None) -> Any:
    from orderhub.drivers.guard import HostGuard

    spec = connector.spec
    own = {urlsplit(url).hostname or "" for url in (spec.base_url, spec.token_url) if url}
    return HostGuard([*spec.hosts, *own], [url for url in (base_url, token_url) if url])
