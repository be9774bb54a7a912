"""What is said, per event and language, as data. Imports nothing of the library.

Every field names how it is shown (see `masking.SHOWN`); a value that no field names never leaves. Texts use
`{field}`. Adding a language is one more pair of texts; changing a text raises `version`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["TEMPLATES", "Template", "checked"]


@dataclass(frozen=True, slots=True)
class Template:
    """One event.

    Attributes:
        fields: Field to the way it is shown; all are required.
        texts: Locale to (subject, body).
        audience: buyer or staff.
    """

    name: str
    audience: str
    fields: Mapping[str, str]
    texts: Mapping[str, tuple[str, str]]
    version: int = 1


_PARCEL: Final = {"order": "tail", "carrier": "carrier", "waybill_no": "plain"}

TEMPLATES: Final[Mapping[str, Template]] = {
    template.name: template
    for template in (
        Template(
            "order_shipped",
            "buyer",
            _PARCEL,
            {
                "zh": ("您的订单已发货", "订单 {order} 已由{carrier}发出，运单号 {waybill_no}。"),
                "en": ("Your order is on its way", "Order {order} left with {carrier}, waybill {waybill_no}."),
            },
        ),
        Template(
            "order_delivered",
            "buyer",
            _PARCEL,
            {
                "zh": (
                    "您的订单已送达",
                    "订单 {order} 已由{carrier}送达，运单号 {waybill_no}。如未收到请联系店铺客服。",
                ),
                "en": (
                    "Your order has arrived",
                    "Order {order} was delivered by {carrier}, waybill {waybill_no}. Not there? Please tell the shop.",
                ),
            },
        ),
        Template(
            "staff_alert",
            "staff",
            {"code": "plain", "order": "plain", "message": "scrubbed"},
            {
                "zh": ("订单需要处理：{code}", "订单 {order}：{message}"),
                "en": ("An order needs attention: {code}", "Order {order}: {message}"),
            },
        ),
        Template(
            "stock_alert",
            "staff",
            dict.fromkeys(("code", "sku", "place", "quantity", "threshold"), "plain") | {"detail": "scrubbed"},
            {
                "zh": ("库存预警：{code}", "{sku}（{place}）：现有 {quantity}，警戒值 {threshold}。{detail}"),
                "en": ("Stock alert: {code}", "{sku} ({place}): {quantity} now, threshold {threshold}. {detail}"),
            },
        ),
    )
}
"""Every event that can be told, by name."""


def checked(templates: Mapping[str, Template]) -> list[str]:
    """What is wrong with a set of templates, in words; empty when nothing is."""
    found = []
    for template in templates.values():
        for locale, texts in template.texts.items():
            for text in texts:
                try:
                    text.format(**dict.fromkeys(template.fields, ""))
                except (KeyError, IndexError, ValueError) as error:
                    found.append(f"{template.name}/{locale}: {error!r} is no field of the template")
    return found
