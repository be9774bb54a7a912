"""A message to finished text, or a refusal before anything is sent. Pure. Imports `ports`, `errors`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orderhub.errors import ConfigurationError
from orderhub.notify.engine import fill
from orderhub.notify.events import TEMPLATES
from orderhub.notify.masking import SHOWN, scrubbed
from orderhub.notify.templates import Template
from orderhub.ports import Message

__all__ = ["Rendered", "render"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it is said; texts and `values` are masked, `to` is not and stays out of the repr."""

    key: str
    channel: str
    to: str = field(repr=False)
    template: str = ""
    version: int = 1
    locale: str = "zh"
    subject: str = ""
    body: str = field(default="", repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def record(self) -> dict[str, str | int]:
        """Plain values for a file or a log, the receiver masked as well."""
        return {
            "key": self.key, "channel": self.channel, "to": scrubbed(self.to), "template": self.template,
            "version": self.version, "locale": self.locale, "subject": self.subject, "body": self.body,
        }  # fmt: skip


def render(message: Message, templates: Mapping[str, Template] = TEMPLATES) -> Rendered:
    """Fill in the template.

    Raises:
        ConfigurationError: No such template or language, a field is missing or empty, or the text does something
            that it may not; `field` names it.
    """
    template = templates.get(message.template)
    if template is None:
        raise ConfigurationError(
            f"no message template {message.template!r}: use one of {', '.join(templates)}", field="template"
        )
    locale, subject, body = template.said(message.channel, message.locale)
    shown = {name: _shown(message, template, name) for name in template.fields}
    said = fill(subject, shown).strip(), fill(body, shown).strip()
    if not said[1]:
        raise ConfigurationError(f"template {template.name} says nothing; nothing was sent", field="text")
    return Rendered(
        message.key, message.channel, message.to, template.name, template.version, locale, *said, values=shown
    )


def _shown(message: Message, template: Template, name: str) -> str:
    value = message.values.get(name, "").strip()
    if not value and name not in template.optional:
        raise ConfigurationError(f"template {template.name} needs the field {name!r}; nothing was sent", field=name)
    return SHOWN[template.fields[name]](value, message.locale) if value else ""
