"""How a value is shown to others: plain, shortened, or without what names a person. Pure; imports nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

__all__ = ["SHOWN", "address", "carrier", "name", "phone", "scrubbed", "tail"]

_EMAIL: Final = re.compile(r"[^\s@,;:<>()，。；：]{1,64}@[^\s@,;:<>()，。；：]+")
_PHONE: Final = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}-?\d{7,8})(?!\d)")
_CARRIERS: Final[Mapping[str, Mapping[str, str]]] = {
    "zh": {"sf": "顺丰速运", "yto": "圆通速递", "sto": "申通快递", "zto": "中通快递", "yunda": "韵达快递",
           "jt": "极兔速递", "jd": "京东快递", "ems": "邮政EMS"},
    "en": {"sf": "SF Express", "yto": "YTO Express", "sto": "STO Express", "zto": "ZTO Express",
           "yunda": "Yunda Express", "jt": "J&T Express", "jd": "JD Logistics", "ems": "EMS"},
}  # fmt: skip


def tail(text: str) -> str:
    """The last six characters: enough to recognise an order, too little to look it up."""
    return text if len(text) <= 6 else f"…{text[-6:]}"


def name(text: str) -> str:
    """The first character and a star."""
    return f"{text.strip()[:1]}*"


def phone(text: str) -> str:
    """The last four digits."""
    digits = "".join(filter(str.isdecimal, text))
    return f"****{digits[-4:]}" if len(digits) > 4 else "****"


def address(text: str) -> str:
    """The first three characters: roughly the province."""
    return f"{text.strip()[:3]}…"


def scrubbed(text: str) -> str:
    """Free text with telephone numbers and e-mail addresses masked; waybill and order numbers stay."""
    hidden = _EMAIL.sub(lambda found: f"{found.group()[:1]}***@***", text)
    return _PHONE.sub(lambda found: phone(found.group()), hidden)


def carrier(text: str, locale: str) -> str:
    """The carrier's name in that language, the code itself where we know none."""
    return _CARRIERS.get(locale.partition("-")[0], {}).get(text, text)


SHOWN: Final[Mapping[str, Callable[[str, str], str]]] = {
    "plain": lambda text, _: text,
    "tail": lambda text, _: tail(text),
    "name": lambda text, _: name(text),
    "phone": lambda text, _: phone(text),
    "address": lambda text, _: address(text),
    "scrubbed": lambda text, _: scrubbed(text),
    "carrier": carrier,
}
"""Ways to show a field: value and locale to text."""
