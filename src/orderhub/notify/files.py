"""A host's own words: templates out of TOML files, over the built-in ones. Imports `notify.templates`, `errors`.

One file per template, named after it, e.g. `order_shipped.toml`:

    version = 2
    [texts.zh]
    subject = "已发货"
    body = "订单 {{ order }} 已发出"
    [channels.sms.zh]
    body = "{{ order }} 已发出"

A file for a built-in template says only what differs; one with a new name also says `audience` and `[fields]`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from orderhub.errors import ConfigurationError
from orderhub.notify.events import TEMPLATES
from orderhub.notify.templates import Template, Texts, checked

__all__ = ["read_templates"]

_KEYS = {"version", "audience", "fields", "optional", "purpose", "texts", "channels"}


def read_templates(folder: Path | str, base: Mapping[str, Template] = TEMPLATES) -> dict[str, Template]:
    """`base` with the files of a folder over it.

    Raises:
        ConfigurationError: A file cannot be read, or a text asks for a field that its template does not have.
    """
    place = Path(folder)
    if not place.is_dir():
        raise ConfigurationError(f"there is no folder of templates at {place}", field="templates")
    found = dict(base)
    for path in sorted(place.glob("*.toml")):
        found[path.stem] = _template(path, found.get(path.stem))
    if problems := checked(found):
        raise ConfigurationError("; ".join(problems), field="templates")
    return found


def _template(path: Path, before: Template | None) -> Template:
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}", field="templates") from None
    if strange := sorted(set(given) - _KEYS):
        raise ConfigurationError(f"{path.name}: unknown key {strange[0]!r}", field="templates")
    try:
        return _merged(path.stem, given, before or _new(path, given))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{path.name} has another shape: {error!r}", field="templates") from None


def _new(path: Path, given: Mapping[str, Any]) -> Template:
    for key in ("audience", "fields", "texts"):
        if key not in given:
            raise ConfigurationError(f"{path.name} is a new template and needs {key!r}", field="templates")
    return Template(path.stem, str(given["audience"]), {}, {})


def _merged(name: str, given: Mapping[str, Any], before: Template) -> Template:
    """Languages and channels that the file leaves out stay as they were, and so does the version, plus one."""
    channels = {channel: dict(texts) for channel, texts in before.channels.items()}
    for channel, texts in given.get("channels", {}).items():
        channels[channel] = {**channels.get(channel, {}), **_texts(texts)}
    return replace(
        before,
        name=name,
        audience=str(given.get("audience", before.audience)),
        fields={**before.fields, **{str(field): str(way) for field, way in given.get("fields", {}).items()}},
        optional=before.optional | frozenset(map(str, given.get("optional", ()))),
        purpose=str(given.get("purpose", before.purpose)),
        version=int(given.get("version", before.version + 1)),
        texts={**before.texts, **_texts(given.get("texts", {}))},
        channels=channels,
    )


def _texts(given: Mapping[str, Any]) -> Texts:
    return {locale: (str(pair.get("subject", "")), str(pair["body"])) for locale, pair in given.items()}
