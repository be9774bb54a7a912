"""A tiny TOP client of its own for the emulator's tests; its signatures are pinned by the sheet's vectors."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

import pytest

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World

BEIJING = timezone(timedelta(hours=8))
START = datetime(2026, 3, 18, 2, 30, tzinfo=UTC)
OAID_FIELDS = "receiver_name,receiver_address,receiver_mobile,receiver_phone,created,oaid"
FULL = (
    "tid,tid_str,status,type,created,pay_time,consign_time,end_time,modified,payment,total_fee,post_fee,discount_fee,"
    "adjust_fee,cod_fee,cod_status,step_trade_status,step_paid_fee,num,shipping_type,is_part_consign,buyer_message,"
    f"seller_memo,seller_flag,receiver_state,receiver_city,receiver_district,{OAID_FIELDS},orders,promotion_details"
)


def sign(method: str, secret: str, params: dict[str, str]) -> str:
    """Upper hex of the sorted names and values."""
    text = "".join(name + params[name] for name in sorted(params)).encode()
    key = secret.encode()
    if method == "md5":
        return hashlib.md5(key + text + key).hexdigest().upper()
    return hmac.new(key, text, {"hmac": hashlib.md5, "hmac-sha256": hashlib.sha256}[method]).hexdigest().upper()


class Refused(Exception):
    """An error_response."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(json.dumps(told, ensure_ascii=False))
        self.code, self.sub_code, self.sub_msg = told["code"], told.get("sub_code"), told.get("sub_msg")


class Tb:
    """One seller's client."""

    def __init__(self, world: World, number: int = 0) -> None:
        self.world, self.shop = world, world.shops()[number]
        self.session = self.shop["access_token"]

    @property
    def shop_id(self) -> str:
        return str(self.shop["shop_id"])

    def params(self, method: str, sign_method: str = "md5", **business: object) -> dict[str, str]:
        """Everything but the signature; a value of None takes a parameter out."""
        system: dict[str, object] = {
            "method": method, "app_key": self.shop["app_key"], "session": self.session, "format": "json", "v": "2.0",
            "sign_method": sign_method, "timestamp": f"{self.world.now().astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
        }  # fmt: skip
        merged = {**system, **business}
        return {name: str(value) for name, value in merged.items() if value is not None}

    def signed(self, params: dict[str, str]) -> dict[str, str]:
        method = params.get("sign_method", "md5")
        return {**params, "sign": sign(method, self.shop["app_secret"], params)}

    def raw(self, params: dict[str, str], query: dict[str, str] | None = None, http: str = "POST") -> Reply:
        url = f"{self.shop['base_url']}/router/rest" + (f"?{urlencode(query)}" if query else "")
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        return self.world.handle(Request(http, url, headers, urlencode(params).encode()))

    def call(self, method: str, **business: object) -> dict[str, Any]:
        """The document inside the envelope; raises `Refused`."""
        reply = self.raw(self.signed(self.params(method, **business)))
        assert reply.status == 200
        told = json.loads(reply.body)
        if "error_response" in told:
            raise Refused(told["error_response"])
        [inside] = told.values()
        return dict(inside)

    def refusal(self, method: str, **business: object) -> Refused:
        with pytest.raises(Refused) as caught:
            self.call(method, **business)
        return caught.value

    def full(self, tid: object) -> dict[str, Any]:
        return dict(self.call("taobao.trade.fullinfo.get", fields=FULL, tid=tid)["trade"])

    def tids(self, **filters: object) -> list[int]:
        """Every tid of the created axis, front to back."""
        found: list[int] = []
        for number in range(1, 1000):
            told = self.call(
                "taobao.trades.sold.get", fields="tid", page_no=number, page_size=100, use_has_next="true",
                **{"type": "fixed,cod,step,tmall_i18n", **filters},
            )  # fmt: skip
            found += [row["tid"] for row in told.get("trades", {}).get("trade", [])]
            if not told["has_next"]:
                return found
        raise AssertionError("no end of pages")

    def window(self, seconds: float = 86_400) -> dict[str, str]:
        """The increment window that ends now."""
        now = self.world.now().astimezone(BEIJING)
        start = now - timedelta(seconds=seconds)
        return {"start_modified": f"{start:%Y-%m-%d %H:%M:%S}", "end_modified": f"{now:%Y-%m-%d %H:%M:%S}"}

    def truth(self, tid: object) -> dict[str, Any]:
        return dict(control(self.world, "GET", f"/_sandbox/taobao/orders/{tid}"))

    def patch(self, tid: object, **body: object) -> dict[str, Any]:
        return dict(control(self.world, "PATCH", f"/_sandbox/taobao/orders/{tid}", body))

    def fault(self, fault: str, **more: object) -> None:
        control(self.world, "POST", "/_sandbox/faults", {"platform": "taobao", "fault": fault, **more})

    def switch(self, **values: object) -> None:
        control(self.world, "PUT", "/_sandbox/switches", {"taobao": values})

    def new(self, **body: object) -> int:
        """A fresh order of this shop."""
        [row] = control(self.world, "POST", "/_sandbox/taobao/orders", {"count": 1, "shop_id": self.shop_id, **body})
        return int(row["order_id"])

    def post(self, **doc: object) -> int:
        body = {"shop_id": self.shop_id, "documents": [doc]}
        [row] = control(self.world, "POST", "/_sandbox/taobao/orders", body)
        return int(row["order_id"])

    def ship(self, tid: object, number: str = "SF1000000000001", company: str = "SF", **more: object) -> dict[str, Any]:
        parcels = json.dumps([{"out_sid": number, "company_code": company}])
        return self.call("alibaba.ascp.logistics.offline.send", tid=tid, **{"consign_pkgs": parcels, **more})


def control(world: World, method: str, path: str, body: Any = None) -> Any:
    """A control call that must succeed."""
    status, value = world.control(method, path, {}, body)
    assert status == 200, value
    return value


def still(**options: Any) -> World:
    """A world in which time stands still between calls."""
    return World(**{"platforms": ["taobao"], "carriers": [], "start": START, "tick": lambda: 0.0, "seed": 7, **options})


SECRET = "helloworldSECRET0123456789abcdef"
COMMON = {
    "app_key": "12345678", "session": "6100b01fTESTSESSION", "timestamp": "2024-06-18 10:30:00", "format": "json",
    "v": "2.0",
}  # fmt: skip
VECTORS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "V1": (
        {
            "method": "taobao.trades.sold.get", "fields": "tid,status,payment,orders", "page_no": "1",
            "page_size": "40", "use_has_next": "true",
        },
        {
            "md5": "68B41B724C5B0C9345A68EBEC167453F",
            "hmac": "53BD2500504ED74038F559A2FBEFB30A",
            "hmac-sha256": "8BB4695A63C2FDBB748F198A3522428F685879026A08EBE772149D997F3FA423",
        },
    ),
    "V2": (
        {
            "method": "taobao.trade.memo.update", "simplify": "true", "partner_id": "orderhub",
            "tid": "3928811212345678901", "memo": "加急 发顺丰 & 勿折", "flag": "1",
        },
        {
            "md5": "2B7376A31281C5F8111C1648925682F3",
            "hmac": "5B0737D0947D6EE123747FB695597712",
            "hmac-sha256": "F06D47AB61BC60CD531F37198577877BADE0C93605352834DD8AF512095FD10E",
        },
    ),
    "V3": (
        {
            "method": "taobao.top.oaid.decrypt",
            "query_list": '[{"oaid":"1OAIDxyz==","tid":"3928811212345678901","scene":"1004"}]',
        },
        {
            "md5": "449F20791E514DB0F5B70F0DEC628E45",
            "hmac": "8708ABB83E2C547A0E2DAA8C96617435",
            "hmac-sha256": "4A1A5985354F4CA3439BCB175E7CE7CCBC417812AAAE75345C38ED7724F0ED42",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("method", ["md5", "hmac", "hmac-sha256"])
@pytest.mark.parametrize("vector", VECTORS)
def test_this_client_signs_as_the_sheet(vector: str, method: str) -> None:
    further, signatures = VECTORS[vector]
    assert sign(method, SECRET, {**COMMON, **further, "sign_method": method}) == signatures[method]
