"""One authorised call of the gateway, with its parameters read strictly. Imports this folder's state and wire."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orderhub.sandbox.asking import AskBase
from orderhub.sandbox.platforms.taobao.state import Market, Trade
from orderhub.sandbox.platforms.taobao.wire import Refusal, china, instant

__all__ = ["Ask", "invalid"]


def invalid(name: str, why: str) -> Refusal:
    """Code 41 naming the parameter; which sub_code the platform gives in each case is not documented."""
    return Refusal(41, f"isv.invalid-parameter:{name}", why)


@dataclass(frozen=True, slots=True)
class Ask(AskBase[Market]):
    """What a handler gets: it answers a document or raises `Refusal`."""

    method: str
    shop_id: str
    app_key: str

    china = staticmethod(china)

    def text(self, name: str, default: str = "") -> str:
        """As sent; empty counts as absent."""
        return self.call.request.params.get(name) or default

    def given(self, name: str) -> bool:
        """Whether it was sent and is not empty."""
        return bool(self.call.request.params.get(name))

    def whole(self, name: str, default: int | None, low: int, high: int | None = None) -> int:
        """A whole number within bounds; 40 when absent without default, else 41."""
        text = self.text(name)
        if not text:
            if default is None:
                raise Refusal(40, "", name)
            return default
        if not text.lstrip("-").isdigit() or not text.isascii():
            raise invalid(name, f"{name} is not a number")
        if int(text) < low or (high is not None and int(text) > high):
            raise invalid(name, f"{name} is out of range")
        return int(text)

    def yes(self, name: str) -> bool:
        """Boolean: `true` or `false` in lower case, absent is false; anything else is refused."""
        text = self.text(name, "false")
        if text not in ("true", "false"):
            raise invalid(name, f"{name} is neither true nor false")
        return text == "true"

    def moment(self, name: str, required: bool = False) -> datetime | None:
        """A Beijing time; a missing one that is required is refused with 41 (docs: exact code not known)."""
        text = self.text(name)
        if not text:
            if required:
                raise invalid(name, f"{name} is required")
            return None
        try:
            return instant(text)
        except ValueError:
            raise invalid(name, f"{name} is not yyyy-MM-dd HH:mm:ss") from None

    def listed(self, name: str, most: int) -> list[str]:
        """A comma list of at most `most`; required."""
        values = [one.strip() for one in self.text(name).split(",") if one.strip()]
        if not values:
            raise Refusal(40, "", name)
        if len(values) > most:
            raise invalid(name, f"at most {most}")
        return values

    def rows(self, name: str, most: int | None = None) -> list[dict[str, Any]]:
        """A JSON list of objects (a lone object counts as one); absent means empty."""
        text = self.text(name)
        if not text:
            return []
        try:
            value = json.loads(text)
        except ValueError:
            raise invalid(name, f"{name} is not JSON") from None
        rows = value if isinstance(value, list) else [value]
        if not all(isinstance(row, dict) for row in rows) or (most is not None and len(rows) > most):
            raise invalid(name, f"{name} must hold objects" + (f", at most {most}" if most else ""))
        return rows

    def trade(self) -> Trade:
        """The trade named by `tid`, of this seller and not older than three months."""
        trade = self.market.trade_of(self.shop_id, self.text("tid"))
        if trade is None or trade.doc["created"] < self.horizon():
            raise Refusal(15, "isv.trade-not-exist", "交易不存在")
        return trade

    def horizon(self) -> str:
        """Three months ago, Beijing."""
        stamp = self.market.stamp()
        months = int(stamp[:4]) * 12 + int(stamp[5:7]) - 1 - 3
        return f"{months // 12:04d}-{months % 12 + 1:02d}{stamp[7:]}"
