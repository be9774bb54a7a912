"""Receivers on the wire: ciphertext with its search index, masked forms, the batch calls. Imports this folder's ask.

Ciphertext differs from order to order, the search index inside it is equal for equal plain text; how the two stand
together is our reading.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from orderhub.sandbox.platforms.kuaishou.ask import Ask
from orderhub.sandbox.platforms.kuaishou.spec import BATCH_MAX
from orderhub.sandbox.platforms.kuaishou.state import Doc, Market, Order

__all__ = ["decrypt", "desensitise", "encrypt", "hide", "index_of", "masked", "open_address_id", "search_index", "veil"]

ADDRESS, NAME, MOBILE = 1, 2, 3
_PARTS = (("Consignee", "name", NAME), ("Mobile", "mobile", MOBILE), ("Address", "address", ADDRESS))
NOT_OURS, NOT_CIPHER, NOT_THIS_ORDER, NO_TEXT = 1001, 700002, 700004, 700006
"""Codes of single rows; which is which is our reading."""


def index_of(plain: str, kind: int) -> str:
    """Equal for equal text."""
    return base64.b64encode(hashlib.sha256(f"sandbox-ks-index {kind} {plain}".encode()).digest()[:12]).decode()


def veil(market: Market, oid: str, plain: str, kind: int) -> str:
    """Ciphertext of this order alone."""
    seal = hashlib.sha256(f"sandbox-ks-cipher {oid} {kind} {plain}".encode()).digest()[:18]
    text = f"#{index_of(plain, kind)}#{kind}#{base64.b64encode(seal).decode()}#"
    market.ciphers[text] = (oid, kind, plain)
    return text


def masked(plain: str, kind: int) -> str:
    """As people see it."""
    if kind == MOBILE:
        return f"{plain[:3]}****{plain[-4:]}" if len(plain) >= 7 else "****"
    return plain[:1] + "*" * max(1, min(len(plain) - 1, 8))


def open_address_id(receiver: Doc) -> str:
    """Equal for orders to one door."""
    door = "|".join(str(receiver[name]) for name in ("name", "mobile", "province", "city", "district", "address"))
    return hashlib.md5(f"sandbox-ks {door}".encode(), usedforsecurity=False).hexdigest()


def hide(market: Market, oid: str, receiver: Doc) -> Doc:
    """orderAddress of a receiver."""
    told: Doc = {}
    for name, key, kind in _PARTS:
        told[f"encrypted{name}"] = veil(market, oid, receiver[key], kind)
        told[f"desensitise{name}"] = masked(receiver[key], kind)
    regions = ("province", "city", "district", "town")
    return {**told, **{name: receiver[name] for name in regions}, **{f"{n}Code": receiver[f"{n}Code"] for n in regions}}


def _rows(ask: Ask, name: str) -> list[Doc]:
    rows = ask.rows(name)
    if not 0 < len(rows) <= BATCH_MAX:
        raise ask.wrong(f"{name}: 1-{BATCH_MAX}")
    return rows


def _opened(ask: Ask, row: Doc) -> tuple[int, int, str]:
    """(code of the row, kind, plain text): ciphertext must be of an order of the shop, and of this very order."""
    oid, text = str(row.get("bizId", "")), str(row.get("encryptedData", ""))
    order: Order | None = ask.find(oid)
    if order is None:
        return NOT_OURS, 0, ""
    found = ask.market.ciphers.get(text)
    if found is None:
        return NOT_CIPHER, 0, ""
    return (1, found[1], found[2]) if found[0] == order.oid else (NOT_THIS_ORDER, 0, "")


def _answers(ask: Ask, name: str, key: str, view: Callable[[str, int], str]) -> list[Doc]:
    told = []
    for row in _rows(ask, name):
        code, kind, plain = _opened(ask, row)
        words = {"errorCode": code, "errorMsg": "SUCCESS" if code == 1 else "密文与订单不符"}
        told.append({"bizId": str(row.get("bizId", "")), "encryptedData": row.get("encryptedData"), **words})
        told[-1][key] = view(plain, kind) if code == 1 else ""
    return told


def decrypt(ask: Ask) -> Any:
    """open.order.decrypt.batch."""
    return _answers(ask, "batchDecryptList", str(ask.switch("decrypted_field")), lambda plain, kind: plain)


def desensitise(ask: Ask) -> Any:
    """open.order.desensitise.batch."""
    return _answers(ask, "batchDesensitiseList", "desensitiseData", masked)


def encrypt(ask: Ask) -> Any:
    """open.order.encrypt.batch: plain text of an order of the shop."""
    told = []
    for row in _rows(ask, "batchEncryptList"):
        plain, oid = str(row.get("decryptedData") or row.get("plainText") or ""), str(row.get("bizId", ""))
        code = NO_TEXT if not plain else 1 if ask.find(oid) is not None else NOT_OURS
        kind = ask.whole(row.get("type"), "type")
        words = {"errorCode": code, "errorMsg": "SUCCESS" if code == 1 else "参数错误"}
        told.append({"bizId": oid, **words, "encryptedData": veil(ask.market, oid, plain, kind) if code == 1 else ""})
    return told


def search_index(ask: Ask) -> Any:
    """open.order.search.index.batch: what a ciphertext of this plain text holds."""
    told = []
    for row in _rows(ask, "indexParamList"):
        plain = str(row.get("plainText") or "")
        code = 1 if plain else NO_TEXT
        index = index_of(plain, ask.whole(row.get("type"), "type")) if plain else ""
        words = {"errorCode": code, "errorMsg": "SUCCESS" if plain else "参数错误"}
        told.append({"plainText": plain, "searchIndex": index, **words})
    return told
