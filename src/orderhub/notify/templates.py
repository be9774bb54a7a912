"""What a message is made of, as data: fields and how each is shown, texts by language and channel. Imports `errors`.

Every field names how it is shown (see `masking.SHOWN`); a value that no field names never leaves. Texts use
`{{ field }}`. Adding a language is one more pair of texts; changing a text raises `version`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from orderhub.errors import ConfigurationError
from orderhub.notify.engine import names_in
from orderhub.notify.masking import SHOWN

__all__ = ["Template", "Texts", "checked", "locale_of"]

Texts = Mapping[str, tuple[str, str]]
"""Locale to (subject, body)."""


@dataclass(frozen=True, slots=True)
class Template:
    """One event.

    Attributes:
        audience: buyer or staff.
        fields: Field to the way it is shown; all but the optional ones are required.
        texts: What is said on every channel that has no texts of its own.
        channels: Channel to its own texts, e.g. shorter ones for `sms`.
        optional: Fields that are empty where nothing is known.
        purpose: service, or marketing, which needs the receiver's consent.
    """

    name: str
    audience: str
    fields: Mapping[str, str]
    texts: Texts
    version: int = 1
    channels: Mapping[str, Texts] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    purpose: str = "service"

    def said(self, channel: str, locale: str) -> tuple[str, str, str]:
        """(locale, subject, body): the channel's own words if it has any in that language.

        Raises:
            ConfigurationError: It does not speak that language.
        """
        for texts in (self.channels.get(channel, {}), self.texts):
            if (found := locale_of(texts, locale)) is not None:
                return (found, *texts[found])
        raise ConfigurationError(f"template {self.name} speaks {', '.join(self.texts)}, not {locale!r}", field="locale")

    def speaks(self, locale: str) -> bool:
        """Whether that language is among its texts."""
        return locale_of(self.texts, locale) is not None


def locale_of(texts: Texts, locale: str) -> str | None:
    """The locale itself, or its language: `zh-CN` is said in `zh`, and `zh` in `zh-CN` where only that is there."""
    language = locale.partition("-")[0]
    near = (name for name in texts if name.partition("-")[0] == language)
    return next((name for name in (locale, language) if name in texts), None) or next(near, None)


def checked(templates: Mapping[str, Template]) -> list[str]:
    """What is wrong with a set of templates, in words; empty when nothing is."""
    return [problem for template in templates.values() for problem in _problems(template)]


def _problems(template: Template) -> Iterator[str]:
    if template.audience not in ("buyer", "staff"):
        yield f"{template.name}: audience is buyer or staff, not {template.audience!r}"
    if template.purpose not in ("service", "marketing"):
        yield f"{template.name}: purpose is service or marketing, not {template.purpose!r}"
    for way in sorted(set(template.fields.values()) - set(SHOWN)):
        yield f"{template.name}: there is no way {way!r} to show a field"
    for name in sorted(template.optional - set(template.fields)):
        yield f"{template.name}: the optional {name!r} is no field of the template"
    for place, texts in (("", template.texts), *template.channels.items()):
        for locale, pair in texts.items():
            yield from _unsound(template, "/".join(filter(None, (template.name, locale, place))), pair)


def _unsound(template: Template, where: str, pair: tuple[str, str]) -> Iterator[str]:
    if not pair[1].strip():
        yield f"{where}: the text is empty"
    for text in pair:
        try:
            strange = names_in(text) - set(template.fields)
        except ConfigurationError as error:
            yield f"{where}: {error.message}"
            continue
        for name in sorted(strange):
            yield f"{where}: {name!r} is no field of the template"
