"""Every event that can be told and what is said about it, as data. Imports `notify.templates`.

Buyers hear the end of their order's number only, and nothing that names a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from orderhub.notify.templates import Template

__all__ = ["TEMPLATES"]

_ORDER: Final = {"order": "tail"}
_PARCEL: Final = {"order": "tail", "carrier": "carrier", "waybill_no": "plain"}
_PLACED: Final = {**_PARCEL, "place": "scrubbed"}
_REFUND: Final = {"order": "tail", "refund": "tail", "amount": "plain"}

_BUYER: Final[tuple[tuple[str, Mapping[str, str], frozenset[str], tuple[str, str], tuple[str, str]], ...]] = (
    ("order_paid", {**_ORDER, "amount": "plain"}, frozenset({"amount"}),
     ("已收到您的付款", "订单 {{ order }} 已付款，我们会尽快安排发货。"),
     ("We have your payment", "Order {{ order }} is paid; we are getting it ready.")),
    ("order_accepted", _ORDER, frozenset(),
     ("您的订单已确认", "订单 {{ order }} 已审核通过，正在备货。"),
     ("Your order is confirmed", "Order {{ order }} passed our checks and is being prepared.")),
    ("order_held", _ORDER, frozenset(),
     ("您的订单需要确认", "订单 {{ order }} 暂时无法发货，请联系店铺客服。"),
     ("Your order is waiting", "Order {{ order }} cannot leave yet. Please get in touch with the shop.")),
    ("order_shipped", _PARCEL, frozenset(),
     ("您的订单已发货", "订单 {{ order }} 已由{{ carrier }}发出，运单号 {{ waybill_no }}。"),
     ("Your order is on its way", "Order {{ order }} left with {{ carrier }}, waybill {{ waybill_no }}.")),
    ("parcel_at_hub", _PLACED, frozenset({"place"}),
     ("您的包裹已到达中转站", "订单 {{ order }} 的包裹（{{ carrier }} {{ waybill_no }}）已到达中转站。"),
     ("Your parcel reached a hub", "Order {{ order }}: {{ carrier }} {{ waybill_no }} has reached a sorting hub.")),
    ("parcel_out_for_delivery", _PLACED, frozenset({"place"}),
     ("您的包裹正在派送", "订单 {{ order }} 的包裹（{{ carrier }} {{ waybill_no }}）即将派送，请保持电话畅通。"),
     ("Your parcel arrives soon", "Order {{ order }}: {{ carrier }} {{ waybill_no }} is out for delivery.")),
    ("parcel_ready_for_pickup", _PLACED, frozenset({"place"}),
     ("您的包裹可以领取", "订单 {{ order }} 的包裹（{{ carrier }} {{ waybill_no }}）已到代收点，请及时领取。"),
     ("Your parcel can be collected", "Order {{ order }}: {{ carrier }} {{ waybill_no }} waits at a pick-up point.")),
    ("order_delivered", _PARCEL, frozenset(),
     ("您的订单已送达",
      "订单 {{ order }} 已由{{ carrier }}送达，运单号 {{ waybill_no }}。如未收到请联系店铺客服。"),
     ("Your order has arrived",
      "Order {{ order }} was delivered by {{ carrier }}, waybill {{ waybill_no }}. Not there? Please tell the shop.")),
    ("parcel_exception", _PLACED, frozenset({"place"}),
     ("您的包裹遇到问题", "订单 {{ order }} 的包裹（{{ carrier }} {{ waybill_no }}）运输异常，我们正在处理。"),
     ("Trouble with your parcel", "Order {{ order }}: {{ carrier }} {{ waybill_no }} met a problem; we see to it.")),
    ("parcel_delivery_failed", _PLACED, frozenset({"place"}),
     ("您的包裹未能送达", "订单 {{ order }} 的包裹（{{ carrier }} {{ waybill_no }}）派送未成功，请留意再次派送。"),
     ("We missed you", "Order {{ order }}: {{ carrier }} {{ waybill_no }} could not be delivered this time.")),
    ("parcel_returned", _PLACED, frozenset({"place"}),
     ("您的包裹已退回", "订单 {{ order }} 的包裹（{{ carrier }} {{ waybill_no }}）已退回，请联系店铺客服。"),
     ("Your parcel went back", "Order {{ order }}: {{ carrier }} {{ waybill_no }} was returned to the shop.")),
    ("order_cancelled", _ORDER, frozenset(),
     ("您的订单已取消", "订单 {{ order }} 已取消。"),
     ("Your order is cancelled", "Order {{ order }} was cancelled.")),
    ("refund_completed", _REFUND, frozenset({"amount"}),
     ("退款已完成", "订单 {{ order }} 的退款 {{ refund }} 已完成。"),
     ("Your refund is done", "Order {{ order }}: refund {{ refund }} has been paid out.")),
    ("refund_refused", _REFUND, frozenset({"amount"}),
     ("退款申请未通过", "订单 {{ order }} 的退款申请 {{ refund }} 未通过，详情请联系店铺客服。"),
     ("Your refund was declined", "Order {{ order }}: refund {{ refund }} was declined. Please ask the shop.")),
)  # fmt: skip

_STAFF: Final = (
    Template(
        "staff_alert",
        "staff",
        {"code": "plain", "order": "plain", "message": "scrubbed"},
        {
            "zh": ("订单需要处理：{{ code }}", "订单 {{ order }}：{{ message }}"),
            "en": ("An order needs attention: {{ code }}", "Order {{ order }}: {{ message }}"),
        },
    ),
    Template(
        "stock_alert",
        "staff",
        dict.fromkeys(("code", "sku", "place", "quantity", "threshold"), "plain") | {"detail": "scrubbed"},
        {
            "zh": (
                "库存预警：{{ code }}",
                "{{ sku }}（{{ place }}）：现有 {{ quantity }}，警戒值 {{ threshold }}。{{ detail }}",
            ),
            "en": (
                "Stock alert: {{ code }}",
                "{{ sku }} ({{ place }}): {{ quantity }} now, threshold {{ threshold }}. {{ detail }}",
            ),
        },
    ),
)

TEMPLATES: Final[Mapping[str, Template]] = {
    template.name: template
    for template in (
        *(Template(name, "buyer", fields, {"zh": zh, "en": en}, optional=optional)
          for name, fields, optional, zh, en in _BUYER),
        *_STAFF,
    )
}  # fmt: skip
"""Every event that can be told, by name."""
