"""A platform of prepared answers: replies go in by API, calls come out in order; sync and async."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import orderhub
from orderhub.flow.message import Reply, Request

AT = datetime(2025, 11, 12, 2, 0, tzinfo=UTC)
KEYS = {"app_key": "client-1", "app_secret": "secret-1", "access_token": "token-1", "refresh_token": "refresh-1"}

SENT = "logistics_online_send_response"
ORDER = "order_info_get_response"
INCREMENT = "order_sn_increment_get_response"
COMPANIES = {"logistics_companies_get_response": {"logistics_companies": [
    {"id": 44, "code": "SF", "logistics_company": "顺丰快递", "available": 1},
    {"id": 115, "code": "ZTO", "logistics_company": "中通快递", "available": 1},
    {"id": 121, "code": "YUNDA", "logistics_company": "韵达快递", "available": 1},
    {"id": 7, "code": "BEST", "logistics_company": "百世快递", "available": 0},
]}}  # fmt: skip
NO_REFUND = {"order_status_response": {"order_sns_exists_refund": []}}


def refusal(code: int, text: str = "refused", sub_msg: str = "", **more: Any) -> dict[str, Any]:
    """An error reply, which comes with HTTP 200."""
    inside = {"error_msg": text, "sub_msg": sub_msg, "sub_code": None, "error_code": code, "request_id": "r-9"}
    return {"error_response": inside | more}


class Clock:
    """Time passes by sleeping only."""

    def __init__(self) -> None:
        self.at = AT

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


Answer = Mapping[str, Any] | Exception | Reply | Callable[[dict[str, str]], Any]


class Desk:
    """Both transports in one: answers by API, the last one again and again; `calls` is what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, deque[Answer]] = defaultdict(deque)
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.requests: list[Request] = []
        self.clock = Clock()
        self.put("pdd.logistics.companies.get", COMPANIES)
        self.put("pdd.refund.status.check", NO_REFUND)
        for name, answer in answers.items():
            self.put("pdd." + name.replace("_", "."), answer)

    def put(self, api: str, *answers: Answer) -> Desk:
        """The answers of an API, in order; the last one stays."""
        self.answers[api] = deque(answers)
        return self

    def answer(self, request: Request) -> Reply:
        """One exchange."""
        text = request.body.decode()
        given = json.loads(text) if text.startswith("{") else dict(parse_qsl(text, keep_blank_values=True))
        api = given.get("type", "token")
        self.calls.append((api, given))
        self.requests.append(request)
        queue = self.answers[api]
        assert queue, f"no answer prepared for {api}"
        found = queue.popleft() if len(queue) > 1 else queue[0]
        if callable(found):
            found = found(given)
        if isinstance(found, Exception):
            raise found
        if isinstance(found, Reply):
            return found
        return Reply(200, {"content-type": "application/json"}, wire_bytes(found))

    def apis(self) -> list[str]:
        """What was called, `pdd.` left out."""
        return [api.removeprefix("pdd.") for api, _ in self.calls]

    def last(self, api: str) -> dict[str, str]:
        """The parameters of the latest call of an API."""
        return next(given for name, given in reversed(self.calls) if name == api)

    def shop(self, **settings: Any) -> Any:
        """A shop that talks to this desk."""
        given = {"shop_id": "s-1", **KEYS, **settings}
        return orderhub.connect("pinduoduo", transport=_Sync(self), clock=self.clock, **given)

    def async_shop(self, **settings: Any) -> Any:
        """The same, awaited."""
        given = {"shop_id": "s-1", **KEYS, **settings}
        return orderhub.connect_async("pinduoduo", transport=_Async(self), clock=self.clock, **given)


class _Sync:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def send(self, request: Request) -> Reply:
        return self.desk.answer(request)

    def close(self) -> None: ...


class _Async:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def send(self, request: Request) -> Reply:
        return self.desk.answer(request)

    async def close(self) -> None: ...


def wire_bytes(document: Any) -> bytes:
    """JSON as the platform writes it: amounts are numbers."""
    marked = json.dumps(document, ensure_ascii=False, default=lambda value: f"\0{value}\0")
    return marked.replace('"\\u0000', "").replace('\\u0000"', "").encode()


def goods(number: int = 1, **more: Any) -> dict[str, Any]:
    """One row of goods."""
    return {
        "goods_id": f"61234567890{number}", "sku_id": f"151234567890{number}", "goods_name": "纯棉毛巾 两条装",
        "goods_spec": "蓝色,两条装", "goods_img": "https://img.example.test/a.jpeg", "goods_price": Decimal("29.9"),
        "goods_count": 2, "outer_id": f"TOWEL-BL-{number}", "outer_goods_id": "TOWEL",
    } | more  # fmt: skip


def order(order_sn: str = "251112-123456789012345", **more: Any) -> dict[str, Any]:
    """An order that waits to be shipped, as the lists show it."""
    return {
        "order_sn": order_sn, "trade_type": 0, "order_status": 1, "refund_status": 1, "after_sales_status": 0,
        "confirm_status": 1, "group_status": 1, "group_order_id": 2511120001234567, "group_role": 0,
        "risk_control_status": 0, "is_lucky_flag": 1, "mkt_biz_type": 0, "is_pre_sale": 0, "pre_sale_time": "",
        "is_stock_out": 0, "stock_out_handle_status": -1, "created_time": "2025-11-12 09:10:02",
        "pay_time": "2025-11-12 09:10:09", "confirm_time": "2025-11-12 09:10:09",
        "last_ship_time": "2025-11-14 09:10:09", "shipping_time": "", "receive_time": "",
        "updated_at": "2025-11-12 09:10:12", "urge_shipping_time": "", "goods_amount": Decimal("59.8"),
        "discount_amount": Decimal("8.0"), "platform_discount": Decimal("3.0"), "seller_discount": Decimal("5.0"),
        "capital_free_discount": Decimal("0.0"), "order_change_amount": Decimal("0.0"), "postage": Decimal("0.0"),
        "pay_amount": Decimal("51.8"), "service_fee_detail": [], "pay_type": "", "item_list": [goods()],
        "gift_list": [], "gift_order_status": 2, "related_order_list": [],
        "receiver_name": "~AgAAAAExampleNameCipher0001=~1~", "receiver_name_mask": "张**",
        "receiver_phone": "$AgAAAAExamplePhoneCipher001=$1$", "receiver_phone_mask": "***********",
        "receiver_address": "~AgAAAAExampleAddrCipher0001=~1~", "receiver_address_mask": "幸福路***********",
        "address": "~AgAAAAExampleFullCipher0001=~1~", "address_mask": "江西省南昌市西湖区幸福路***********",
        "contact_mobile": "", "country": "中国", "country_id": 0, "province": "江西省", "province_id": 17,
        "city": "南昌市", "city_id": 233, "town": "西湖区", "town_id": 1959,
        "open_address_id": "exampleOpenAddressId01", "open_address_id_2": "exampleOpenAddressId02", "buyer_memo": "",
        "remark": "", "remark_tag": None, "remark_tag_name": None, "express_memos": [], "logistics_id": 0,
        "tracking_number": "", "extra_delivery_list": [], "gift_delivery_list": [], "resend_delivery_list": [],
        "shipping_type": None, "order_tag_list": [{"name": "return_freight_payer", "value": 1},
                                                  {"name": "ship_hold", "value": 0}],
        "cat_id_1": 1543, "bonded_warehouse": "", "step_order_info": None, "order_depot_info": None,
    } | more  # fmt: skip


def shipped(number: str = "SF1", company: int = 44, **more: Any) -> dict[str, Any]:
    """The same order on its way: the ciphertexts are gone."""
    hidden = dict.fromkeys(("receiver_name", "receiver_phone", "receiver_address", "address"), "")
    sent = {"order_status": 2, "logistics_id": company, "tracking_number": number,
            "shipping_time": "2025-11-12 10:00:00", **hidden}  # fmt: skip
    return order(**(sent | more))


def found(document: Mapping[str, Any]) -> dict[str, Any]:
    """The reply that holds one order."""
    return {ORDER: {"order_info": document}}
