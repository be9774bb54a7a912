"""A platform of prepared answers for Kuaishou: replies go in by method, calls come out in order."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orderhub
from orderhub.flow.message import Reply, Request

AT = datetime(2026, 3, 18, 3, 0, tzinfo=UTC)
KEYS = {"app_key": "app-1", "app_secret": "secret-1", "access_token": "token-1", "refresh_token": "refresh-1",
        "sign_secret": "sign-1", "express_codes": {"sf": 4, "zto": 2}}  # fmt: skip


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


def good(data: Any) -> dict[str, Any]:
    return {"result": 1, "error_msg": "success", "code": "1", "requestId": "r-1", "data": data}


def no(code: int, text: str = "refused") -> dict[str, Any]:
    return {"result": code, "error_msg": text, "code": str(code), "sub_code": "", "requestId": "r-9", "data": None}


Answer = dict[str, Any] | Exception | Callable[[dict[str, Any]], Any]


class Desk:
    """A transport of prepared answers by method, the last one again and again; `calls` is what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, deque[Any]] = defaultdict(deque)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.requests: list[Request] = []
        self.clock = Clock()

    def put(self, api: str, *answers: Any) -> Desk:
        self.answers[api] = deque(answers)
        return self

    def send(self, request: Request) -> Reply:
        self.requests.append(request)
        text = urlsplit(request.url).query if request.method == "GET" else request.body.decode()
        given = dict(parse_qsl(text, keep_blank_values=True))
        api = given.get("method") or urlsplit(request.url).path
        self.calls.append((api, json.loads(given["param"]) if "param" in given else given))
        waiting = self.answers[api]
        answer = waiting.popleft() if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            raise answer
        told = answer(self.calls[-1][1]) if callable(answer) else answer
        return Reply(200, {"content-type": "application/json"}, json.dumps(told, ensure_ascii=False).encode())

    def close(self) -> None:
        """Nothing is open."""

    def asked(self, api: str) -> list[dict[str, Any]]:
        """The business fields of every call of one method."""
        return [fields for name, fields in self.calls if name == api]

    def shop(self, **more: Any) -> Any:
        return orderhub.connect("kuaishou", shop_id="ks-1", transport=self, clock=self.clock, **{**KEYS, **more})


def order(status: int = 30, num: int = 3, sent: int = 0, **base: Any) -> dict[str, Any]:
    """One order as the detail tells it; more fields of orderBaseInfo by name."""
    return {
        "orderBaseInfo": {
            "oid": 2400000000000001, "status": status, "createTime": 1773716400000, "payTime": 1773716460000,
            "sendTime": 0, "recvTime": 0, "updateTime": 1773716460000, "totalFee": 9000, "discountFee": 500,
            "expressFee": 800, "allowanceExpressFee": 0, "payChannelDiscount": 0, "governmentDiscount": 0,
            "buyerOpenId": "buyer-1", "buyerNick": "小快", "remark": "", "riskCode": 0, "preSale": 0,
            "validPromiseShipmentTimeStamp": 1773889260000, "disableDeliveryReasonCode": [],
            "enableSplitDeliveryOrder": True, **base,
        },
        "orderItemInfo": {
            "skuId": 22001, "skuDesc": "黑色;M", "skuNick": "SKU-0001", "itemId": 21001, "itemTitle": "外套", "num": num,
            "originalPrice": 9000 // num, "price": 9000 // num, "discountFee": 500,
        },
        "orderAddress": {
            "encryptedConsignee": "#n#1#", "encryptedMobile": "#m#1#", "encryptedAddress": "#a#1#",
            "desensitiseConsignee": "王*", "desensitiseMobile": "138****0000", "desensitiseAddress": "文三路****",
            "province": "浙江省", "city": "杭州市", "district": "西湖区", "town": "三墩镇", "districtCode": 330106,
            "townCode": 330106109,
        },
        "orderLogisticsInfo": [],
        "orderDeliveryInfo": {"deliveryNum": sent, "openAddressId": "place-1",
                              "serialNumberInfo": {"serialType": []}},
        "subOrderInfo": [], "orderRefundList": [], "orderNote": {"orderNoteInfo": []},
    }  # fmt: skip


def gift(status: int = 30) -> dict[str, Any]:
    """One gift below an order."""
    return {
        "subOrderBaseInfo": {"oid": 2500000000000001, "status": status, "sendTime": 0, "updateTime": 1, "recvTime": 0},
        "subOrderItemInfo": {"skuId": 22002, "skuNick": "SKU-0002", "itemId": 21002, "itemTitle": "袜子", "num": 1},
        "subOrderLogisticsInfo": [], "subOrderDeliveryInfo": {"deliveryNum": 0}, "subOrderType": 1,
    }  # fmt: skip
