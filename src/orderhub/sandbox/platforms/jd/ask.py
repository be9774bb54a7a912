"""One authorised call of either gateway, parameters read strictly. Imports this folder's state and wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderhub.sandbox.asking import AskBase
from orderhub.sandbox.platforms.jd.state import Doc, Market, Order
from orderhub.sandbox.platforms.jd.wire import Refusal, instant

__all__ = ["Ask", "Said", "invalid", "missing"]


def missing(name: str) -> Refusal:
    """A required business parameter is absent; the code's shape is documented, its tail is ours."""
    return Refusal(f"isv.missing-parameter:{name}", f"缺少参数{name}", f"Missing Parameter: {name}")


def invalid(name: str, why: str) -> Refusal:
    """A business parameter is malformed."""
    return Refusal(f"isv.invalid-parameter:{name}", why, f"Invalid Parameter: {name}")


class Said:
    """Business flags: documented Boolean, on the wire `true` or `"true"`; by turns unless the switch says one."""

    def __init__(self) -> None:
        self._count = 0

    def flag(self, value: bool, shape: str) -> bool | str:
        """The flag as this reply writes it."""
        self._count += 1
        return str(value).lower() if shape == "text" or (shape == "alternate" and self._count % 2 == 0) else value


@dataclass(frozen=True, slots=True)
class Ask(AskBase[Market]):
    """What a handler gets: it answers a document or raises `Refusal`. `given` is the business JSON."""

    method: str
    shop_id: str
    given: Mapping[str, Any]
    said: Said

    def flag(self, value: bool) -> bool | str:
        """A business flag as the wire writes it this time."""
        return self.said.flag(value, self.switch("success_shape"))

    def has(self, name: str) -> bool:
        """Whether it was sent and is not empty."""
        return self.given.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        """Texts and numbers as text; absent and empty are `default`."""
        value = self.given.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool | float | dict | list):
            raise invalid(name, f"{name}应为字符串")
        return str(value)

    def need(self, name: str) -> str:
        """The same, required."""
        text = self.text(name)
        if not text:
            raise missing(name)
        return text

    def whole(self, name: str, default: int | None, low: int | None = None, high: int | None = None) -> int:
        """A whole number, as JSON number or text of digits, within bounds; required when `default` is None."""
        text = self.need(name) if default is None else self.text(name)
        if not text:
            assert default is not None
            return default
        if not (text.lstrip("-").isdigit() and text.isascii() and len(text) < 20):
            raise invalid(name, f"{name}应为整数")
        value = int(text)
        if (low is not None and value < low) or (high is not None and value > high):
            raise invalid(name, f"{name}超出范围")
        return value

    def moment(self, name: str, required: bool = False) -> str:
        """A China time, checked and kept as text; empty when absent and not required."""
        text = self.need(name) if required else self.text(name)
        if text:
            try:
                instant(text)
            except ValueError:
                raise invalid(name, f"{name}格式应为yyyy-MM-dd HH:mm:ss") from None
        return text

    def nested(self, name: str, of: Mapping[str, Any] | None = None) -> Doc:
        """An object inside the business JSON (or inside `of`)."""
        value = (self.given if of is None else of).get(name)
        if not isinstance(value, dict):
            raise missing(name) if value is None else invalid(name, f"{name}应为对象")
        return value

    def rows(self, name: str, of: Mapping[str, Any], most: int, least: int = 1) -> list[Doc]:
        """A list of objects inside the business JSON, at most `most`."""
        value = of.get(name)
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise missing(name) if value is None else invalid(name, f"{name}应为对象数组")
        if not least <= len(value) <= most:
            raise invalid(name, f"{name}数量应为{least}到{most}")
        return value

    def order(self, name: str = "orderId") -> Order | None:
        """The order named by a parameter, if this vender has it."""
        return self.market.order_of(self.shop_id, self.need(name))
