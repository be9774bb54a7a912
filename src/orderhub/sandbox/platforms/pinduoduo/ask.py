"""One authorised call of the router, with its parameters read strictly. Imports this folder's state and wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orderhub.sandbox.asking import AskBase
from orderhub.sandbox.platforms.pinduoduo.state import Doc, Market, Order
from orderhub.sandbox.platforms.pinduoduo.wire import Refusal

__all__ = ["Ask", "bad", "no"]

ROWS_MAX = 100
EPOCH_MAX = 253_402_300_799


def bad(name: str, why: str) -> Refusal:
    """Code 10000 naming the parameter."""
    return Refusal(10000, why, name)


def no(why: str) -> Refusal:
    """Code 50001: the business service refuses."""
    return Refusal(50001, why)


@dataclass(frozen=True, slots=True)
class Ask(AskBase[Market]):
    """What a handler gets: it answers a document or raises `Refusal`. `params` are the merged parameters."""

    params: Mapping[str, str]
    shop_id: str

    @property
    def method(self) -> str:
        """The call's name."""
        return self.params["type"]

    def switch(self, name: str) -> Any:
        """The live value."""
        return self.market.setup.switches[name]

    def text(self, name: str, default: str = "") -> str:
        """As sent; empty counts as absent."""
        return self.params.get(name) or default

    def given(self, name: str) -> bool:
        """Whether it was sent and is not empty."""
        return bool(self.params.get(name))

    def whole(self, name: str, default: int | None, low: int, high: int | None = None) -> int:
        """A whole number within bounds; 21002 when absent without default, else 10000."""
        text = self.text(name)
        if not text:
            if default is None:
                raise Refusal(21002, "", name)
            return default
        if not text.removeprefix("-").isdigit() or not text.isascii():
            raise bad(name, f"{name}不是整数")
        if int(text) < low or (high is not None and int(text) > high):
            raise bad(name, f"{name}超出范围")
        return int(text)

    def one_of(self, name: str, values: tuple[int, ...], default: int | None = None) -> int:
        """A whole number of a list."""
        value = self.whole(name, default, min(values), max(values))
        if value not in values:
            raise bad(name, f"{name}取值错误")
        return value

    def yes(self, name: str) -> bool:
        """Boolean: `true` or `false`, absent is false; anything else is refused."""
        text = self.text(name, "false")
        if text not in ("true", "false"):
            raise bad(name, f"{name}不是布尔值")
        return text == "true"

    def moment(self, name: str) -> datetime:
        """Epoch seconds, required; aware, UTC."""
        return datetime.fromtimestamp(self.whole(name, None, 0, EPOCH_MAX), UTC)

    def structure(self, name: str) -> Any:
        """A JSON text; absent is None, broken is 21001."""
        text = self.text(name)
        if not text:
            return None
        try:
            return json.loads(text)
        except ValueError:
            raise Refusal(21001, f"{name}不是JSON", name) from None

    def rows(self, name: str, most: int = ROWS_MAX) -> list[Doc]:
        """A JSON list of 1 to `most` objects, required."""
        value = self.structure(name)
        if value is None:
            raise Refusal(21002, "", name)
        if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in value):
            raise Refusal(21001, f"{name}不是对象列表", name)
        if len(value) > most:
            raise bad(name, f"{name}最多{most}条")
        return value

    def inner(self, name: str, *required: str) -> Doc:
        """A JSON object with its own required keys, such as `request`."""
        value = self.structure(name)
        if value is None:
            raise Refusal(21002, "", name)
        if not isinstance(value, dict):
            raise Refusal(21001, f"{name}不是对象", name)
        for key in required:
            if value.get(key) in (None, ""):
                raise Refusal(21002, "", f"{name}.{key}")
        return value

    def listed(self, name: str, most: int = ROWS_MAX) -> list[str]:
        """A comma list (or a JSON list of texts) of at most `most`; required."""
        text = self.text(name)
        values = self.structure(name) if text.startswith("[") else text.split(",")
        told = [str(one).strip() for one in values if str(one).strip()]
        if not told:
            raise Refusal(21002, "", name)
        if len(told) > most:
            raise bad(name, f"{name}最多{most}个")
        return told

    def order(self) -> Order:
        """The order named by `order_sn`, of this shop and not older than ninety days."""
        order = self.market.find(self.shop_id, self.text("order_sn"))
        if order is None:
            raise no("订单不存在")
        return order
