"""Buyer, receiver and invoice of a JD order. Pure; imports `kit`, `models`. Source: docs/platforms/jd.md#privacy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.connectors.jd.convert import is_cipher, pick, told
from orderhub.kit.convert import ident, text
from orderhub.models.status import PrivacyKind

__all__ = ["invoice", "people"]

Document = Mapping[str, Any]
Found = dict[str, Any]
CONSIGNEE = "consigneeInfo|finalConsigneeInfo"
NO_INVOICE = "不需要开具发票"


def _text(document: Any, path: str) -> str | None:
    return told(document, path, text)  # type: ignore[no-any-return]


def people(document: Document, found: Found) -> Found:
    """Buyer by the stable id that the platform keeps; receiver masked, as ciphertext or clear, with its token."""
    person = pick(document, CONSIGNEE)
    person = person if isinstance(person, Mapping) else {}
    token = _text(person, "oaid")
    phone = _text(person, "mobile|desenMobile|telephone|desenTelephone")
    number, _, extension = (phone or "").partition("-") if phone and phone.startswith("1") else (phone or "", "", "")
    shown = [value for value in (_text(person, "fullname|fullName"), phone, _text(person, "fullAddress")) if value]
    return {
        "buyer": {"buyer_id": told(document, "open_id_buyer|xid_buyer|xidBuyer|realPin|pin|buyerPin", ident),
                  "nickname": _text(document, "pin|realPin|buyerPin")},
        "recipient": {
            "name": _text(person, "fullname|fullName"), "phone": number or None, "phone_extension": extension or None,
            "address": _address(person),
            "privacy": {"kind": _kind(shown, token), "token": token, "merge_key": token},
        },
    }  # fmt: skip


def _kind(shown: list[str], token: str | None) -> PrivacyKind:
    if any(is_cipher(value) for value in shown):
        return PrivacyKind.ENCRYPTED
    if not shown:
        return PrivacyKind.ENCRYPTED if token else PrivacyKind.ABSENT
    return PrivacyKind.MASKED if any("*" in value for value in shown) else PrivacyKind.CLEAR


def _address(person: Document) -> Found:
    """JD's own division ids stand in `division_code`, province to town, joined by dashes behind `jd:`."""
    parts = {name: _text(person, f"{wire}|{wire}Name") for name, wire in
             (("province", "province"), ("city", "city"), ("district", "county"), ("town", "town"))}  # fmt: skip
    ids = [told(person, f"{wire}Id", ident) for wire in ("province", "city", "county", "town")]
    code = "jd:" + "-".join(part for part in ids if part is not None) if None not in ids[:3] else None
    return {**parts, "street": _street(_text(person, "fullAddress"), list(parts.values())), "division_code": code}


def _street(whole: str | None, divisions: list[str | None]) -> str | None:
    """The address below the divisions that the platform puts in front of it."""
    if whole is None or is_cipher(whole):
        return whole
    rest = whole
    for name in divisions:
        rest = rest.removeprefix(name).lstrip() if name else rest
    return rest or None


def invoice(document: Document, found: Found) -> Found:
    """The buyer's wish: `label:type;label:title;label:content`, or the sentence that none is wanted."""
    wish = _text(document, "invoiceInfo") if isinstance(document.get("invoiceInfo"), str) else None
    if wish is not None:
        parts = [part.partition(":")[2].strip() for part in wish.replace("：", ":").split(";")]
        wanted = wish.strip() != NO_INVOICE and any(parts)
        kind, title = ([*parts, "", ""][:2]) if wanted else ("", "")
        return {"invoice": {"wanted": wanted, "kind": kind or None, "title": title or None,
                            "tax_no": _text(document, "vatInfo.vatNo|invoiceCode")}}  # fmt: skip
    block = document.get("invoiceInfo")
    if not isinstance(block, Mapping) or not block:
        return {"invoice": None}
    none = NO_INVOICE in [value for value in block.values() if isinstance(value, str)]
    wanted = not none and pick(block, "invoiceTitle|invoiceType|invoiceTypeDesc") is not None
    return {"invoice": {
        "wanted": wanted, "kind": _text(block, "invoiceTypeDesc|invoiceType"), "title": _text(block, "invoiceTitle"),
        "tax_no": _text(block, "invoiceCode"), "email": _text(block, "invoiceConsigneeEmail"),
    }}  # fmt: skip
