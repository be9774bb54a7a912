"""How cells are said to a person: amounts with thousands, words in the reader's language. Pure; imports siblings."""

from __future__ import annotations

from datetime import date
from decimal import Context, Decimal

from orderhub.analytics.figures import COLUMNS, Cell
from orderhub.analytics.words import DEFINITIONS, LABELS, PHRASES, PROVINCE_NAMES, VALUES, Language, Said

__all__ = [
    "DASH",
    "NO_CENTS",
    "PERCENT",
    "amount",
    "cell",
    "compact",
    "defined",
    "heading",
    "label",
    "phrase",
    "said",
    "tidy",
]

DASH = "–"
_EXACT = Context(prec=100)
NO_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})
"""Currencies whose whole amounts are said without places."""
PERCENT = frozenset("on_time_rate order_rate amount_rate growth repeat_rate retention support confidence".split())
"""Columns that are shares of a whole."""
MEASURED = frozenset("mean_hours average_on_hand turnover daily_units cover_days lift".split())
"""Columns of quantities that are neither amounts nor shares: one place is enough, two below ten."""
_STEPS: dict[Language, tuple[tuple[float, str], ...]] = {
    "en": ((1e9, "B"), (1e6, "M"), (1e3, "k")),
    "zh": ((1e8, "亿"), (1e4, "万")),
}


def _in(pair: Said, language: Language) -> str:
    return pair.zh if language == "zh" else pair.en


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
    if currency in NO_CENTS and value == value.to_integral_value():
        return f"{value:,.0f}"
    exponent = value.as_tuple().exponent
    return f"{value:,.2f}" if not isinstance(exponent, int) or exponent >= -2 else f"{value:,f}"


def tidy(value: Decimal) -> Decimal:
    """The same number with two places, or as many more as it needs."""
    short = value.normalize(_EXACT)
    exponent = short.as_tuple().exponent
    return short if isinstance(exponent, str) or exponent < -2 else short.quantize(Decimal("0.01"), context=_EXACT)


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
        return _share_or_amount(name, value, currency)
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:,}" if isinstance(value, int) else _word(name, value, language)


def said(name: str, value: Cell, language: Language) -> Cell:
    """A word in the reader's language; numbers, days and codes as they are."""
    return _word(name, value, language) if isinstance(value, str) else value


def heading(name: str, language: Language) -> str:
    """A column's heading, with its table's where several columns are called the same."""
    told = label(name, language)
    if sum(label(other, language) == told for other in DEFINITIONS) == 1:
        return told
    homes = [table for table, columns in COLUMNS.items() if name in columns]
    return told if len(homes) > 1 else f"{label(homes[0], language)} · {told}"


def _share_or_amount(name: str, value: Decimal, currency: str) -> str:
    if name in PERCENT:
        return f"{value * 100:+.1f}%" if name == "growth" else f"{value * 100:.1f}%"
    if name in MEASURED:
        return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"
    return amount(value, currency)


def _word(name: str, value: str, language: Language) -> str:
    if name == "province" and language == "en":
        return PROVINCE_NAMES.get(value, value)
    known = VALUES.get(name, {}).get(value)
    return _in(known, language) if known else value
