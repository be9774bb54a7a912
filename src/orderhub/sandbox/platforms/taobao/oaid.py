"""Masked receivers, address tokens, decryption, merging. Source: docs/platforms/taobao.md §5."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import date, timedelta
from typing import Any

from orderhub.sandbox.platforms.taobao.ask import Ask, invalid
from orderhub.sandbox.platforms.taobao.state import Doc, Trade
from orderhub.sandbox.platforms.taobao.wire import Refusal, china

__all__ = ["decrypt", "mask", "merge", "oaid_of"]

SCENES = frozenset({"1001", "1002", "1003", "1004", "1005", "1006", "1007", "2001", "2002"})
_SOURCE = ("receiver_name", "receiver_mobile", "receiver_phone", "receiver_address")
_PERSON = (*_SOURCE[:3], "receiver_state", "receiver_city", "receiver_district", "receiver_town", "receiver_address")


def oaid_of(trade: Trade, app_key: str) -> str:
    """The address token: per receiver, shop, app key and natural week of the order."""
    week = date.fromisoformat(trade.doc["created"][:10]).isocalendar()[:2]
    told = [trade.doc.get(name, "") for name in _SOURCE] + [str(week), trade.shop_id, app_key]
    return "1" + base64.b64encode(hashlib.sha256("\x1f".join(told).encode()).digest()).decode()


def mask(name: str, value: str, style: str) -> str:
    """A receiver field as sellers see it; what is masked already stays so. `style` is the switch `mask`."""
    if "*" in value or name not in _SOURCE:
        return value
    if style == "tail_shown":
        shown = {"receiver_name": 1, "receiver_address": 6}.get(name, 4)
        return ("**" if name == "receiver_name" else "****") + value[-shown:]
    if name == "receiver_name":
        return value[0] + "**"
    if name == "receiver_address":
        return value[0] + re.sub(r"[^路号街幢室]", "*", value[1:])
    return value[:3] + "*" * 7


def decrypt(ask: Ask) -> Doc:
    """taobao.top.oaid.decrypt: at most 20; a stale token answers matched=false and nothing else."""
    rows = ask.rows("query_list", 20)
    if not rows:
        raise Refusal(40, "", "query_list")
    for row in rows:
        if row.get("scene") not in SCENES and (row.get("scene") or ask.market.setup.switches["scene_required"]):
            raise invalid("scene", "scene is missing or unknown")
    return {"receiver_list": [_decrypted(ask, row) for row in rows]}


def _decrypted(ask: Ask, row: dict[str, Any]) -> Doc:
    tid, oaid = str(row.get("tid", "")), str(row.get("oaid", ""))
    trade = ask.market.trade_of(ask.shop_id, tid)
    if trade is None or oaid_of(trade, ask.app_key) != oaid:
        return {"tid": tid, "oaid": oaid, "matched": False}
    doc, told = trade.doc, {"tid": tid, "oaid": oaid, "matched": True, "privacy_protection": False}
    for name in ("name", "mobile", "phone", "district", "town", "city", "state", "country"):
        if doc.get(f"receiver_{name}"):
            told[name] = doc[f"receiver_{name}"]
    told["address_detail"] = doc["receiver_address"]
    if ask.market.setup.switches["privacy_numbers"]:
        told["privacy_protection"] = True
        told["mobile"] = f"1884{trade.tid % 10_000_000:07d}-{trade.tid % 9000 + 1000}"
        days = int(row.get("secret_no_days") or 15)
        told["secret_no_expire_time"] = china(ask.market.now() + timedelta(days=days))
    return told


def merge(ask: Ask) -> Doc:
    """taobao.top.oaid.merge: at most 100; one text per receiver, trades joined by commas. Stale tokens stand alone."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in ask.rows("merge_list", 100):
        tid = str(row.get("tid", ""))
        trade = ask.market.trade_of(ask.shop_id, tid)
        known = trade is not None and oaid_of(trade, ask.app_key) == row.get("oaid")
        who = tuple(str(trade.doc.get(name, "")) for name in _PERSON) if trade and known else (tid,)
        groups.setdefault(who, []).append(tid)
    return {"tid_list": [",".join(tids) for tids in groups.values()]}
