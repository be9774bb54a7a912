"""How Chinese platforms write times and amounts: China time to the second, yuan with two decimals. Imports nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

__all__ = ["CHINA", "china", "fen", "instant", "yuan"]

_EIGHT: Final = timedelta(hours=8)
CHINA: Final = timezone(_EIGHT)


def china(at: datetime) -> str:
    """An instant as `yyyy-MM-dd HH:mm:ss`, China time, whole seconds."""
    return str(at.astimezone(CHINA))[:19]


def instant(text: str) -> datetime:
    """The instant of such a text, aware, UTC; raises `ValueError`."""
    if len(text) != 19 or text[10] != " ":
        raise ValueError("not yyyy-MM-dd HH:mm:ss")
    return (datetime.fromisoformat(text) - _EIGHT).replace(tzinfo=UTC)


def yuan(amount_fen: int) -> str:
    """Fen as a yuan text with two decimals."""
    return f"{'-' if amount_fen < 0 else ''}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"


def fen(text: str) -> int:
    """A yuan text in fen, empty is zero; raises `ValueError`."""
    whole, _, part = text.strip().partition(".")
    value = abs(int(whole or "0")) * 100 + int((part + "00")[:2])
    return -value if whole.startswith("-") else value
