"""Pushes: who wants which, how each is signed, what nobody took. Source: docs/platforms/shopee.md#push.

The sandbox calls nobody: a push to the configured address counts as lost and can be read; `sent` shows each as it
would have been posted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from orderhub.sandbox.platforms.shopee.ask import DAY, Ask, bad
from orderhub.sandbox.platforms.shopee.spec import PUSHES
from orderhub.sandbox.platforms.shopee.state import Market, Order
from orderhub.sandbox.platforms.shopee.wire import Doc, push_mac

__all__ = ["Pushes"]

KEPT, PAGE, BLOCKED_MAX = 5_000, 100, 500


@dataclass(slots=True)
class Pushes:
    """One app's pushes."""

    market: Market
    key: str
    url: str = ""
    on: set[int] = field(default_factory=lambda: {3, 4})
    blocked: set[int] = field(default_factory=set)
    sent: list[Doc] = field(default_factory=list)
    number: int = 0

    def changed(self, order: Order, code: int) -> None:
        """An order changed: its status (3) and, when it was arranged, its number (4)."""
        doc = order.doc
        told = {"ordersn": order.sn, "status": order.status, "update_time": doc["update_time"], "items": []}
        self._push(int(order.shop_id), 3, told)
        if code == 4:
            for package in order.packages:
                parcel = order.parcels[package["package_number"]]
                if parcel.tracking:
                    self._push(int(order.shop_id), 4, {
                        "ordersn": order.sn, "package_number": package["package_number"],
                        "tracking_no": parcel.tracking,
                    })  # fmt: skip

    def _push(self, shop: int, code: int, data: Doc) -> None:
        if not self.url or code not in self.on or shop in self.blocked:
            return
        self.number += 1
        at = self.market.stamp()
        body = json.dumps(
            {"code": code, "shop_id": shop, "timestamp": at, "data": data}, ensure_ascii=False, separators=(",", ":")
        )
        signed = push_mac(self.key, self.url, body.encode())
        self.sent.append({"id": self.number, "at": at, "url": self.url, "authorization": signed, "body": body})
        del self.sent[:-KEPT]

    def configure(self, ask: Ask) -> Doc:
        """push/set_app_push_config."""
        on, off = self._codes(ask, "set_push_config_on"), self._codes(ask, "set_push_config_off")
        url = ask.text("callback_url")
        if url and not url.startswith(("https://", "http://")):
            raise bad("callback_url is not an address")
        blocked = ask.params.get("blocked_shop_id_list")
        if blocked is not None and (not isinstance(blocked, list) or len(blocked) > BLOCKED_MAX):
            raise bad(f"blocked_shop_id_list takes up to {BLOCKED_MAX} shops")
        self.url = url or self.url
        self.on = (self.on | on) - off
        self.blocked = self.blocked if blocked is None else {int(one) for one in blocked}
        return {"result": "success"}

    def _codes(self, ask: Ask, name: str) -> set[int]:
        told: Any = ask.params.get(name) or []
        if not isinstance(told, list) or not all(code in PUSHES for code in told):
            raise bad(f"{name} names a code that is unknown")
        return set(told)

    def config(self, ask: Ask) -> Doc:
        """push/get_app_push_config."""
        return {
            "callback_url": self.url, "live_push_status": "Normal", "suspended_time": 0,
            "blocked_shop_id": sorted(self.blocked), "push_config_on_list": sorted(self.on),
            "push_config_off_list": sorted(set(PUSHES) - self.on),
        }  # fmt: skip

    def lost(self, ask: Ask) -> Doc:
        """push/get_lost_push_message: the oldest hundred of the last three days."""
        since = self.market.stamp() - self.market.switch("lost_push_days") * DAY
        kept = [row for row in self.sent if row["at"] >= since]
        page = kept[:PAGE]
        rows = []
        for row in page:
            told = json.loads(row["body"])
            rows.append({"shop_id": told["shop_id"], "code": told["code"], "timestamp": told["timestamp"],
                         "data": row["body"]})  # fmt: skip
        last = page[-1]["id"] if page else 0
        return {"push_message_list": rows, "has_next_page": len(kept) > PAGE, "last_message_id": last}

    def confirm(self, ask: Ask) -> Doc:
        """push/confirm_consumed_lost_push_message: this and all before it are done."""
        last = ask.number("last_message_id", 1, 10**12)
        self.sent = [row for row in self.sent if row["id"] > last]
        return {}
