"""A courier out of a configuration. Imports `notify`, `errors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.notify.channels import AppriseSender, Channel, Sender
from orderhub.notify.courier import Courier
from orderhub.notify.events import TEMPLATES
from orderhub.notify.files import read_templates
from orderhub.notify.policy import read_notify_policy
from orderhub.notify.sms import AliyunSms, SmsTemplate, TencentSms
from orderhub.notify.templates import Template

__all__ = ["KINDS", "courier_from"]

Templates = Mapping[str, Template]


def courier_from(given: Mapping[str, Any]) -> Courier:
    """A courier of the table `notify`: `channels` (name, kind and what its sender takes), `templates` (a folder),
    everything else are fields of `NotifyPolicy`.

    Raises:
        ConfigurationError: A field is unknown, missing or has another value; values are never told, they are secrets.
    """
    rest = {name: value for name, value in given.items() if name not in ("channels", "templates")}
    templates = read_templates(Path(given["templates"])) if "templates" in given else TEMPLATES
    channels = [_channel(dict(row), templates) for row in given.get("channels", ())]
    return Courier(channels, read_notify_policy(rest), templates=templates)


def _channel(row: dict[str, Any], templates: Templates) -> Channel:
    name, kind = str(row.pop("name", "")), row.pop("kind", None)
    if kind not in KINDS:
        raise ConfigurationError(f"channel {name!r}: kind is one of {', '.join(KINDS)}", field="notify.channels")
    audience = str(row.pop("audience", "buyer"))
    reaches = str(row.pop("reaches", "room" if audience == "staff" else "email" if kind == "apprise" else "phone"))
    relays = frozenset(map(str, row.pop("relays", ())))
    try:
        sender = KINDS[kind](row, templates)
    except (AttributeError, KeyError, TypeError):
        raise ConfigurationError(
            f"channel {name!r}: a sender of kind {kind} takes other fields than {', '.join(sorted(row)) or 'none'}",
            field="notify.channels",
        ) from None
    return Channel(name, sender, reaches, audience, relays)


def _aliyun(row: Mapping[str, Any], templates: Templates) -> Sender:
    return AliyunSms(**{**row, "book": _book(row["book"])}, templates=templates)


def _tencent(row: Mapping[str, Any], templates: Templates) -> Sender:
    return TencentSms(**{**row, "book": _book(row["book"])}, templates=templates)


def _apprise(row: Mapping[str, Any], _: Templates) -> Sender:
    urls: Sequence[str] | str = row["apprise_url"]
    if set(row) != {"apprise_url"}:
        raise KeyError("apprise_url")
    return AppriseSender(urls)


def _book(given: Mapping[str, Any]) -> dict[str, dict[str, SmsTemplate]]:
    return {name: {locale: SmsTemplate(**row) for locale, row in rows.items()} for name, rows in given.items()}


KINDS: Mapping[str, Callable[[Mapping[str, Any], Templates], Sender]] = MappingProxyType(
    {"aliyun": _aliyun, "tencent": _tencent, "apprise": _apprise}
)
"""Kinds of senders that a configuration may name."""
