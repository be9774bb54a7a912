"""Texts with `{{ field }}` in them, filled in: plain ones here, all others by Jinja2 in its sandbox. Imports `errors`.

A text of names alone needs no package; conditions, loops and filters need the extra `notify`. Both ways agree on plain
texts. A name that is not given is an error in either, never an empty place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from orderhub.errors import ConfigurationError

__all__ = ["fill", "fill_jinja", "is_plain", "names_in"]

_NAME: Final = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_MARKS: Final = re.compile(r"\{\{|\{%|\{#")


def is_plain(text: str) -> bool:
    """Whether nothing but names stands between braces."""
    return not _MARKS.search(_NAME.sub("", text))


def names_in(text: str) -> frozenset[str]:
    """Fields that a text asks for.

    Raises:
        ConfigurationError: The text is malformed, or needs the extra `notify`.
    """
    if is_plain(text):
        return frozenset(_NAME.findall(text))
    jinja = _jinja()
    try:
        from jinja2 import meta

        return frozenset(meta.find_undeclared_variables(jinja.parse(text)))
    except jinja.failure as error:
        raise ConfigurationError(f"the text cannot be read: {error}", field="text") from None


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields.

    Raises:
        ConfigurationError: A field is missing (`field` names it), or the text does something that it may not.
    """
    if not is_plain(text):
        return fill_jinja(text, values)
    if missing := sorted(names_in(text) - set(values)):
        raise ConfigurationError(f"the text needs the field {missing[0]!r}", field=missing[0])
    return _NAME.sub(lambda found: values[found[1]], text)


def fill_jinja(text: str, values: Mapping[str, str]) -> str:
    """`fill`, by Jinja2 in any case."""
    jinja = _jinja()
    try:
        return str(jinja.from_string(text).render(dict(values)))
    except (jinja.failure, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise ConfigurationError(f"the text cannot be filled in: {error}", field="text") from None


@cache
def _jinja() -> Any:
    """Sandboxed and strict; texts are plain, so nothing is escaped."""
    try:
        from jinja2 import StrictUndefined, TemplateError
        from jinja2.sandbox import ImmutableSandboxedEnvironment
    except ImportError:
        raise ConfigurationError(
            'texts with conditions or filters need pip install "orderhub[notify]"', field="text"
        ) from None
    made: Any = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
    made.failure = TemplateError
    return made
