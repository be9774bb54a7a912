"""Receivers as ciphertext and masks, and back. Source: docs/platforms/douyin.md §5. Imports this folder's state.

The index of a ciphertext is the same for one text in one shop (it is what is searched by); the rest differs.
"""

from __future__ import annotations

import base64
import hashlib

from orderhub.sandbox.people import Person
from orderhub.sandbox.platforms.douyin.state import Doc, Market

__all__ = ["ADDRESS", "NAME", "PHONE", "conceal", "mask", "receiver_fields"]

ADDRESS, NAME, PHONE = 1, 2, 3
"""data_type of what a ciphertext hides."""


def conceal(market: Market, shop_id: str, order_id: str, kind: int, plain: str) -> str:
    """The ciphertext of a text of one order."""
    index = _short(f"{shop_id}|{kind}|{plain}", 16)
    cipher, suffix = _short(f"{order_id}|{kind}|{plain}|{market.setup.name}", 24), _short(f"{order_id}{kind}", 10)
    edge, ends = ("$", "$1$$") if kind == PHONE else ("#", "#1##")
    text = f"{edge}{index}{edge}{cipher}*{suffix}{ends}"
    market.ciphers[text] = (order_id, kind, plain)
    return text


def _short(text: str, length: int) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()[:length]


def mask(kind: int, plain: str) -> str:
    """The first character, the rest in stars; of an address nothing but stars."""
    return "*" * 14 if kind == ADDRESS else plain[:1] + "*" * (len(plain) - 1)


def _named(name: str, code: str) -> Doc:
    return {"name": name, "id": code}


def receiver_fields(market: Market, shop_id: str, order_id: str, who: Person) -> Doc:
    """The receiver of an order: plain fields empty, ciphertexts and masks beside them."""
    place, phone = who.place, who.mobile
    code = hashlib.sha256((place.province + (place.city or "") + place.district).encode()).digest()
    number = 11 + code[0] % 50
    region = {
        "province": _named(place.province, f"{number}"), "city": _named(place.city or "", f"{number}0100"),
        "town": _named(place.district, f"{number}01{10 + code[1] % 80}"),
        "street": _named(who.town, f"{number}01{10 + code[1] % 80}{code[2] % 900 + 100}"),
    }  # fmt: skip
    return {
        "post_receiver": "", "post_tel": "", "post_addr": {
            **region, "detail": "", "encrypt_detail": conceal(market, shop_id, order_id, ADDRESS, who.detail)
        },
        "encrypt_post_receiver": conceal(market, shop_id, order_id, NAME, who.name),
        "encrypt_post_tel": conceal(market, shop_id, order_id, PHONE, phone),
        "mask_post_receiver": mask(NAME, who.name), "mask_post_tel": mask(PHONE, phone),
        "mask_post_addr": {**region, "detail": mask(ADDRESS, who.detail)},
    }  # fmt: skip
