"""A tiny JD client of its own for the emulator's tests, written from docs/platforms/jd.md; pinned by its vectors."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

import pytest

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World

CHINA = timezone(timedelta(hours=8))
START = datetime(2026, 3, 18, 2, 30, tzinfo=UTC)
FIELDS = (
    "orderId,venderId,orderType,payType,orderTotalPrice,orderSellerPrice,orderPayment,freightPrice,sellerDiscount,"
    "shouldPay,actualPay,orderState,orderStateRemark,orderRemark,venderRemark,orderStartTime,orderEndTime,modified,"
    "paymentConfirmTime,storeOrder,returnOrder,waybill,logisticsId,parentOrderId,open_id_buyer,xid_buyer,consigneeInfo,"
    "itemInfoList,itemExt,couponDetailList,partialLogisticsInfoModel"
)
SEARCH, GET, SHIP = "jingdong.pop.order.search", "jingdong.pop.order.get", "jingdong.pop.order.shipment"


def sign(secret: str, pairs: dict[str, str]) -> str:
    """MD5 of the sorted names and values between two secrets."""
    text = "".join(name + pairs[name] for name in sorted(pairs))
    return hashlib.md5(f"{secret}{text}{secret}".encode()).hexdigest().upper()


def stamp(at: datetime) -> str:
    """China time."""
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


class Refused(Exception):
    """An error_response, or an errorList."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(json.dumps(told, ensure_ascii=False))
        self.code, self.told = str(told["code"]), told


def yes(flag: object) -> bool:
    """A business flag in either form."""
    assert flag in (True, False, "true", "false"), flag
    return flag in (True, "true")


class Jd:
    """One merchant's client."""

    def __init__(self, world: World, number: int = 0) -> None:
        self.world, self.shop = world, world.shops()[number]
        self.token = self.shop["access_token"]
        self.shop_id = str(self.shop["shop_id"])
        self.vender_id = str(100_001 + number)

    def params(self, method: str, business: Any = None, **system: Any) -> dict[str, str]:
        """Everything but the signature; a value of None takes a parameter out."""
        base: dict[str, Any] = {
            "method": method, "app_key": self.shop["app_key"], "access_token": self.token, "v": "2.0",
            "timestamp": stamp(self.world.now()),
            "360buy_param_json": json.dumps(business or {}, ensure_ascii=False),
        }  # fmt: skip
        return {name: str(value) for name, value in {**base, **system}.items() if value is not None}

    def signed(self, params: dict[str, str]) -> dict[str, str]:
        return {**params, "sign": sign(self.shop["app_secret"], params)}

    def raw(self, body: dict[str, str], query: dict[str, str] | None = None, http: str = "POST") -> Reply:
        url = f"{self.shop['base_url']}/routerjson" + (f"?{urlencode(query)}" if query else "")
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        return self.world.handle(Request(http, url, headers, urlencode(body).encode()))

    def call(self, method: str, business: Any = None, **system: Any) -> dict[str, Any]:
        """The document inside the envelope; raises `Refused`."""
        reply = self.raw(self.signed(self.params(method, business, **system)))
        assert reply.status == 200
        told = json.loads(reply.body)
        if "error_response" in told:
            raise Refused(told["error_response"])
        [(root, inside)] = told.items()
        assert root in (method.replace(".", "_") + "_responce", method.replace(".", "_") + "_response")
        return dict(inside)

    def refusal(self, method: str, business: Any = None, **system: Any) -> Refused:
        with pytest.raises(Refused) as caught:
            self.call(method, business, **system)
        return caught.value

    def window(self, days: float = 28, ahead: float = 0) -> dict[str, str]:
        end = self.world.now() + timedelta(days=ahead)
        return {"start_date": stamp(end - timedelta(days=days)), "end_date": stamp(end)}

    def search(self, method: str = SEARCH, **more: Any) -> dict[str, Any]:
        """searchorderinfo_result of one page."""
        business = {
            "order_state": "ALL", "optional_fields": FIELDS, "page": "1", "page_size": "100", "source_id": "JOS",
            **self.window(), **more,
        }  # fmt: skip
        return dict(
            self.call(method, {name: value for name, value in business.items() if value is not None})[
                "searchorderinfo_result"
            ]
        )

    def ids(self, **more: Any) -> list[str]:
        """Every order of a search, front to back."""
        found: list[str] = []
        for page in range(1, 1000):
            told = self.search(page=str(page), **more)
            assert yes(told["apiResult"]["success"]), told
            found += [row["orderId"] for row in told["orderInfoList"]]
            if not told["orderInfoList"]:
                return found
        raise AssertionError("no end of pages")

    def get(self, order_id: object, fields: str = FIELDS, method: str = GET) -> dict[str, Any]:
        told = self.call(method, {"order_id": order_id, "optional_fields": fields})["orderDetailInfo"]
        assert yes(told["apiResult"]["success"]), told
        return dict(told["orderInfo"])

    def ship(self, order_id: object, carrier: str = "467", number: str | None = "SF1000000000001") -> dict[str, Any]:
        business = {"orderId": int(str(order_id)), "logiCoprId": carrier}
        return dict(
            self.call(SHIP, business if number is None else {**business, "logiNo": number})["sopjosshipment_result"]
        )

    def asc(self, method: str, **more: Any) -> dict[str, Any]:
        common = {"buId": self.vender_id, "operatePin": "sandbox", "operateNick": "sandbox"}
        return self.call(f"jingdong.asc.{method}", {**common, **more})

    # the other gateway

    def rest(self, verb: str, path: str, query: Any = None, body: Any = None, **headers: Any) -> dict[str, Any]:
        """The whole reply of the SP gateway."""
        at = str(int(self.world.now().timestamp() * 1000))
        told: dict[str, Any] = {
            "X-JOS-App-Key": self.shop["app_key"], "X-JOS-Access-Token": self.token, "X-JOS-Timestamp": at,
            **headers,
        }  # fmt: skip
        sent = {name: str(value) for name, value in told.items() if value is not None}
        template = path.split("/")
        text = "" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        pairs = {**sent, **{k: str(v) for k, v in (query or {}).items()}}
        for name, place in (("orderId", "orders"), ("afsOrderId", "afs-orders")):
            if place in template[:-1]:
                pairs[name] = template[template.index(place) + 1]
        if text:
            pairs["body"] = text
        sent.setdefault("X-JOS-Sign", sign(self.shop["app_secret"], pairs))
        url = f"{self.shop['base_url']}/rest{path}" + (f"?{urlencode(query)}" if query else "")
        reply = self.world.handle(Request(verb, url, {**sent, "content-type": "application/json"}, text.encode()))
        assert reply.status == 200
        return dict(json.loads(reply.body))

    def sp(self, verb: str, path: str, query: Any = None, body: Any = None) -> Any:
        """`data` of a success; raises `Refused`."""
        told = self.rest(verb, path, query, body)
        if not yes(told["success"]):
            raise Refused(told["errorList"][0])
        return told["data"]

    # control

    def truth(self, order_id: object) -> dict[str, Any]:
        return dict(control(self.world, "GET", f"/_sandbox/jd/orders/{order_id}"))

    def patch(self, order_id: object, **body: object) -> dict[str, Any]:
        return dict(control(self.world, "PATCH", f"/_sandbox/jd/orders/{order_id}", body))

    def fault(self, fault: str, **more: object) -> None:
        control(self.world, "POST", "/_sandbox/faults", {"platform": "jd", "fault": fault, **more})

    def switch(self, **values: object) -> None:
        control(self.world, "PUT", "/_sandbox/switches", {"jd": values})

    def new(self, **body: object) -> str:
        """A fresh order of this shop."""
        [row] = control(self.world, "POST", "/_sandbox/jd/orders", {"count": 1, "shop_id": self.shop_id, **body})
        return str(row["order_id"])

    def post(self, **doc: object) -> str:
        body = {"shop_id": self.shop_id, "documents": [doc]}
        [row] = control(self.world, "POST", "/_sandbox/jd/orders", body)
        return str(row["order_id"])

    def several(self, lines: int, units: int = 1) -> str:
        """A paid order of so many lines."""
        skus = [row for row in control(self.world, "GET", "/_sandbox/jd/stock") if row["shop_id"] == self.shop_id]
        rows = [
            {"skuId": str(sku["sku_id"]), "outerSkuId": sku["outer_id"], "itemTotal": str(units), "jdPrice": "10.00"}
            for sku in skus[:lines]
        ]
        return self.post(orderId=f"2955{len(self.world.log(2000)):06d}{lines}{units}", itemInfoList=rows)


def control(world: World, method: str, path: str, body: Any = None) -> Any:
    """A control call that must succeed."""
    status, value = world.control(method, path, {}, body)
    assert status == 200, value
    return value


def still(**options: Any) -> World:
    """A world in which time stands still between calls."""
    return World(**{"platforms": ["jd"], "carriers": [], "start": START, "tick": lambda: 0.0, "seed": 7, **options})


def test_this_client_signs_as_the_sheet() -> None:
    params = {"app_key": "ORDERHUBDEMOKEY", "v": "2.0", "format": "json", "method": "jingdong.areas.province.get"}
    params |= {"timestamp": "2026-03-01 10:00:00", "360buy_param_json": "{}"}
    assert sign("demo-secret-9f8e7d", params) == "A993B60DEE097E159DBC6542D7CC6F4D"
