"""How cells are said to a person: amounts with thousands, words in the reader's language. Pure; imports siblings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from orderhub.analytics.figures import Cell
from orderhub.analytics.words import DEFINITIONS, LABELS, PHRASES, PROVINCE_NAMES, VALUES, Language, Said

__all__ = ["DASH", "amount", "cell", "compact", "defined", "label", "phrase"]

DASH = "–"
_NO_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})
_STEPS: dict[Language, tuple[tuple[float, str], ...]] = {
    "en": ((1e9, "B"), (1e6, "M"), (1e3, "k")),
    "zh": ((1e8, "亿"), (1e4, "万")),
}


def _in(said: Said, language: Language) -> str:
    return said.zh if language == "zh" else said.en


def label(name: str, language: Language) -> str:
    """The heading of a table or column."""
    return _in(LABELS[name], language)


def defined(name: str, language: Language) -> str:
    """What a figure means."""
    return _in(DEFINITIONS[name], language)


def phrase(name: str, language: Language, **parts: object) -> str:
    """A sentence of the page with its parts filled in."""
    return _in(PHRASES[name], language).format(**parts)


def amount(value: Decimal, currency: str) -> str:
    """`1,234.50`: never rounded; two places at least, none for whole amounts of currencies without cents."""
    if currency in _NO_CENTS and value == value.to_integral_value():
        return f"{value:,.0f}"
    exponent = value.as_tuple().exponent
    return f"{value:,.2f}" if not isinstance(exponent, int) or exponent >= -2 else f"{value:,f}"


def compact(value: float, language: Language) -> str:
    """`12.5k`, `1.25万`: for the marks of an axis only."""
    for size, unit in _STEPS[language]:
        if abs(value) >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def cell(name: str, value: Cell, language: Language, currency: str = "") -> str:
    """One cell as text; not known is a dash."""
    if value is None:
        return DASH
    if isinstance(value, Decimal):
        return f"{value * 100:.1f}%" if name == "on_time_rate" else amount(value, currency)
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:,}" if isinstance(value, int) else _word(name, value, language)


def _word(name: str, value: str, language: Language) -> str:
    if name == "province" and language == "en":
        return PROVINCE_NAMES.get(value, value)
    said = VALUES.get(name, {}).get(value)
    return _in(said, language) if said else value
