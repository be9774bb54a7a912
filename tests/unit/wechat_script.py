"""WeChat documents written anew, and a shop whose every call is answered by a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import orderhub
from orderhub.drivers.faces import Shop
from orderhub.flow.message import Reply, Request

NOW = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)

LINE: dict[str, Any] = {
    "product_id": 111, "sku_id": "222", "sku_code": "SKU-0001", "sku_cnt": 2, "title": "杯子", "sale_price": 5000,
    "market_price": 6000, "real_price": 9000, "estimate_price": 9000, "merchant_discounted_price": 1000,
    "on_aftersale_sku_cnt": 0, "finish_aftersale_sku_cnt": 0, "sku_attrs": [{"attr_key": "颜色", "attr_value": "白"}],
    "delivery_deadline": 1_781_800_000, "is_free_gift": False,
}  # fmt: skip
ORDER: dict[str, Any] = {
    "order_id": 3_700_000_000_000_000_001, "openid": "o-1", "status": 20, "create_time": 1_781_700_000,
    "update_time": 1_781_700_060, "is_present": False,
    "order_detail": {
        "product_infos": [LINE],
        "pay_info": {"pay_time": 1_781_700_050},
        "price_info": {
            "product_price": 10_000, "freight": 800, "original_order_price": 10_800, "discounted_price": 1000,
            "merchant_discounted_price": 1000, "deduction_price": 0, "change_down_price": 0, "order_price": 9800,
        },
        "delivery_info": {
            "address_info": {
                "user_name": "王小明", "province_name": "浙江省", "city_name": "杭州市", "county_name": "西湖区",
                "detail_info": "文三路1号", "house_number": "2室", "tel_number": "13800001111", "hash_code": "h-1",
            },
            "delivery_product_info": [],
        },
        "ext_info": {"customer_notes": "快点🎁", "merchant_notes": ""},
    },
    "aftersale_detail": {"aftersale_order_list": [], "on_aftersale_order_cnt": 0},
}  # fmt: skip
CASE: dict[str, Any] = {
    "after_sale_order_id": "400", "order_id": str(ORDER["order_id"]), "type": "RETURN", "status": "MERCHANT_PROCESSING",
    "create_time": 1_781_710_000, "update_time": 1_781_710_001, "refund_info": {"amount": 4500},
    "product_info": {"product_id": "111", "sku_id": 222, "count": 1}, "return_info": {}, "deadline": 0,
}  # fmt: skip


def order(**changes: Any) -> dict[str, Any]:
    """The order with other top-level fields; a name with a dot goes into its detail, one with `line.` into its line."""
    made = deepcopy(ORDER)
    for name, value in changes.items():
        place: dict[str, Any] = made
        *path, last = name.split("__")
        for part in path:
            place = place["order_detail"]["product_infos"][0] if part == "line" else place[part]
        place[last] = value
    return made


class Script:
    """A transport: path below `/channels/ec/` (or the whole path) to what answers it; keeps what came."""

    def __init__(self, **answers: Callable[[dict[str, Any]], Any]) -> None:
        self.answers, self.calls = answers, list[tuple[str, dict[str, Any]]]()
        self.urls: list[str] = []

    def send(self, request: Request) -> Reply:
        path = request.url.split("?")[0].split("api.weixin.qq.com/")[1].removeprefix("channels/ec/")
        body = json.loads(request.body or b"{}")
        self.calls.append((path, body))
        self.urls.append(request.url)
        found = self.answers[path.replace("/", "_")](body)
        if isinstance(found, Reply):
            return found
        if isinstance(found, Exception):
            raise found
        return Reply(200, {"content-type": "application/json"}, json.dumps({"errcode": 0, **found}).encode())

    def close(self) -> None:
        """Nothing to close."""


class Still:
    """A clock that stands; sleeping is remembered."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def shop(script: Script, clock: Still | None = None, **given: Any) -> Shop:
    """A shop with a good token whose calls go to the script."""
    entry = {"shop_id": "wx", "app_key": "id", "app_secret": "secret-of-the-app", "access_token": "token-1", **given}
    found: Shop = orderhub.connect("wechat", **entry, transport=script, clock=clock or Still())
    return found
