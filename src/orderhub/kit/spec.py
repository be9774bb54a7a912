"""The data sheet of a platform, and the connector made of it. Imports `kit`, `models`, `errors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from orderhub.errors import ConfigurationError
from orderhub.kit.status import ErrorTable, WordTable
from orderhub.kit.table import Table
from orderhub.kit.verbs import Verb
from orderhub.models.channel import Capability, Credentials, Limits, Rate

__all__ = ["API", "Connector", "Setting", "ShopConfig", "SignatureVector", "Spec"]

API = 1
"""Version of what connectors build on; grows when a connector has to be changed."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A named switch of a platform: what it chooses, its default and the values it may take (empty: any).

    The value of one that `is_document` is a table; the host may name a TOML or JSON file instead. `sample` is given to
    a sandbox's shop, where a real one has a value of its own that its token or console tells.
    """

    name: str
    doc: str
    default: Any = None
    choices: tuple[Any, ...] = ()
    is_document: bool = False
    sample: Any = None


@dataclass(frozen=True)
class Spec:
    """Everything declarative about one platform or carrier.

    Attributes:
        platform: Its name in keys and configuration.
        title: Its name for people.
        base_url, token_url, authorize_url: Production addresses; https.
        hosts: Hosts that credentials may be sent to, beside those of an explicit base_url or token_url.
        source: The page of documented facts.
        limits: verb -> what the platform allows.
        rates: Name of an operation on the wire -> how often it may be called; `*` stands for all that are not listed.
        absent: verb -> why the platform has no such operation.
        settings: Named switches.
        needs_credentials: Whether a shop has an app key and secret.
        credential_names: What the platform itself calls `app_key` and `app_secret`, for accounts written in its words.
        token_from_app: Access tokens come for the app's own key and secret, so that none need be given: `refresh_token`
            is then called with whatever stands in the token, even nothing.
        ports: Ports that the operations ask for beside the hub's: name -> `module:function` that opens one for a
            `ShopConfig`.
        carrier: Canonical code of a carrier whose name a marketplace has; the name itself when left out.
        label_marks: sort_code, hub, qr -> where they stand in a waybill's label data; see `kit.carriers.read_marks`.
        push_answer: The JSON object, or the text, that a push wants as its answer, an empty one for an empty body; None
            where the status alone is heard.
    """

    platform: str
    title: str
    base_url: str
    source: str
    token_url: str | None = None
    authorize_url: str | None = None
    hosts: tuple[str, ...] = ()
    limits: Mapping[str, Limits] = field(default_factory=dict)
    rates: Mapping[str, tuple[Rate, ...]] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    words: Mapping[str, WordTable[Any]] = field(default_factory=dict)
    errors: ErrorTable | None = None
    absent: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[Setting, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    needs_credentials: bool = True
    credential_names: Mapping[str, str] = field(default_factory=dict)
    token_from_app: bool = False
    ports: Mapping[str, str] = field(default_factory=dict)
    carrier: str | None = None
    label_marks: Mapping[str, str] = field(default_factory=dict)
    push_answer: Mapping[str, Any] | str | None = None

    def samples(self) -> dict[str, Any]:
        """Settings that a sandbox's shop needs beside what the sandbox tells."""
        return {setting.name: setting.sample for setting in self.settings if setting.sample is not None}

    def why_absent(self, verb: str) -> str:
        """The reason why the platform has no such verb."""
        return self.absent.get(verb, "its documentation has no such operation")


@dataclass(frozen=True)
class ShopConfig:
    """One shop as a connector sees it: where to speak, which switches, which tables. Secrets stay out of the repr.

    `foreign` says that documents come from a program's hands, not from our parser: they may hold what JSON cannot.
    `trusted` says that they were decoded before: models are made without being validated again.
    """

    platform: str
    shop_id: str
    base_url: str
    token_url: str | None = None
    app: Credentials = field(default_factory=lambda: Credentials("", ""), repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    tables: Mapping[str, Table] = field(default_factory=dict)
    foreign: bool = False
    trusted: bool = False
    chosen: frozenset[str] = frozenset()

    def is_given(self, setting: str) -> bool:
        """Whether the host gave a value for a setting; else it has its default."""
        return setting in self.chosen

    @classmethod
    def of(cls, spec: Spec, shop_id: str, **given: Any) -> ShopConfig:
        """Fill defaults from `spec`, check switches, apply row overrides.

        Raises:
            ConfigurationError: An unknown switch, a value outside its choices, or a bad override.
        """
        chosen = given.pop("settings", {})
        switches = _switches(spec, chosen)
        tables = _overridden(spec, given.pop("overrides", None) or {})
        base, token = given.get("base_url"), given.get("token_url")
        given["base_url"] = _at(base, spec.base_url)
        given["token_url"] = (
            _at(token, spec.token_url or "") if token or not base else _at(_server(base), spec.token_url or "")
        )
        return cls(
            spec.platform,
            shop_id,
            settings=MappingProxyType(switches),
            tables=tables,
            chosen=frozenset(chosen),
            **given,
        )


def _at(given: str | None, production: str) -> str:
    """A given address without a path stands for the server: the platform's own path is kept."""
    path = urlsplit(production).path
    return production if not given else given.rstrip("/") + path if urlsplit(given).path in ("", "/") else given


def _server(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _switches(spec: Spec, given: Mapping[str, Any]) -> dict[str, Any]:
    known = {setting.name: setting for setting in spec.settings}
    if strange := sorted(set(given) - set(known)):
        raise ConfigurationError(
            f"{spec.platform} has no setting {', '.join(strange)}; it knows {', '.join(sorted(known)) or 'none'}"
        )
    for name, value in given.items():
        if known[name].choices and value not in known[name].choices:
            raise ConfigurationError(f"{spec.platform}: {name} must be one of {known[name].choices}", value=repr(value))
    return {name: given.get(name, setting.default) for name, setting in known.items()}


def _overridden(spec: Spec, overrides: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Table]:
    if strange := sorted(set(overrides) - set(spec.tables)):
        raise ConfigurationError(f"{spec.platform} has no table {', '.join(strange)}; it has {', '.join(spec.tables)}")
    return {name: table.override(overrides.get(name, {})) if name in overrides else table
            for name, table in spec.tables.items()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignatureVector:
    """One signature that was calculated by somebody else: `sign()` must answer `expected`."""

    name: str
    sign: Callable[[], str]
    expected: str
    source: str


@dataclass(frozen=True)
class Connector:
    """What an entry point names: the data sheet, the operations, and the pure decoder of native payloads.

    Attributes:
        operations: Class with one generator method per verb.
        decode: `(parsed payload, ShopConfig) -> Page` of orders, for `orderhub.normalize`.
        vectors: Signatures calculated elsewhere, proved by the conformance kit.
        api: Version of the kit it was written for; another one is refused when it is loaded.
    """

    spec: Spec
    operations: Callable[..., Any]
    decode: Callable[[Any, ShopConfig], Any] | None = None
    vectors: tuple[SignatureVector, ...] = ()
    api: int = API

    @property
    def name(self) -> str:
        """The platform's name."""
        return self.spec.platform

    def capabilities(self, verbs: Mapping[str, Verb]) -> dict[str, Capability]:
        """Each verb of `verbs`: present because the operations implement it, or absent with the reason."""
        return {verb: self._capability(verb, how.needs or verb) for verb, how in verbs.items()}

    def _capability(self, verb: str, needs: str) -> Capability:
        there = getattr(self.operations, needs, None) is not None
        why = None if there else self.spec.why_absent(verb)
        evidence = self.spec.evidence.get(verb, "emulator_tested" if there else "documented")
        return Capability(verb, there, self.spec.limits.get(verb, Limits()), why, evidence, self.spec.source)
