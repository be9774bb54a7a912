"""A tiny Pinduoduo client of its own for the emulator's tests; its signatures are pinned by the page's vectors."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World
from orderhub.sandbox.world import Line

BEIJING = timezone(timedelta(hours=8))
START = datetime(2026, 3, 18, 2, 30, tzinfo=UTC)
INCREMENT = "pdd.order.number.list.increment.get"
LIST = "pdd.order.list.get"
INFO = "pdd.order.information.get"
SEND = "pdd.logistics.online.send"
REFUNDS = "pdd.refund.list.increment.get"
SF = 44


def sign(secret: str, params: dict[str, str]) -> str:
    """Upper hex MD5 of the sorted names and values between two secrets."""
    text = "".join(name + params[name] for name in sorted(params))
    return hashlib.md5((secret + text + secret).encode()).hexdigest().upper()


class Refused(Exception):
    """An error_response."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(json.dumps(told, ensure_ascii=False))
        self.told, self.code, self.sub_msg = told, told["error_code"], told["sub_msg"]


class Pdd:
    """One shop's client."""

    def __init__(self, world: World, number: int = 0) -> None:
        self.world, self.shop = world, world.shops()[number]
        self.token = self.shop["access_token"]

    @property
    def shop_id(self) -> str:
        return str(self.shop["shop_id"])

    @property
    def now(self) -> int:
        return int(self.world.now().timestamp())

    def params(self, api: str, **business: object) -> dict[str, str]:
        """Everything but the signature; a value of None takes a parameter out, structures become JSON texts."""
        common: dict[str, object] = {
            "type": api, "client_id": self.shop["app_key"], "access_token": self.token, "timestamp": self.now,
            "data_type": "JSON", "version": "V1",
        }  # fmt: skip
        return {name: _text(value) for name, value in {**common, **business}.items() if value is not None}

    def signed(self, params: dict[str, str]) -> dict[str, str]:
        return {**params, "sign": sign(self.shop["app_secret"], params)}

    def raw(self, params: dict[str, str], query: dict[str, str] | None = None, http: str = "POST") -> Reply:
        url = f"{self.shop['base_url']}/api/router" + (f"?{urlencode(query)}" if query else "")
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        return self.world.handle(Request(http, url, headers, urlencode(params).encode()))

    def whole(self, api: str, **business: object) -> dict[str, Any]:
        """The reply with its envelope; raises `Refused`."""
        reply = self.raw(self.signed(self.params(api, **business)))
        assert reply.status == 200
        told = json.loads(reply.body)
        if "error_response" in told:
            raise Refused(told["error_response"])
        return dict(told)

    def call(self, api: str, **business: object) -> dict[str, Any]:
        """What is inside the one key of the reply."""
        [inside] = self.whole(api, **business).values()
        return dict(inside)

    def refusal(self, api: str, **business: object) -> Refused:
        with pytest.raises(Refused) as caught:
            self.call(api, **business)
        return caught.value

    def window(self, seconds: int = 1800, end: int | None = None) -> dict[str, int]:
        """An increment window with the filters that mean all; it ends now."""
        last = self.now if end is None else end
        filters = {"is_lucky_flag": 0, "order_status": 5, "refund_status": 5, "page": 1}
        return {"start_updated_at": last - seconds, "end_updated_at": last, **filters}

    def day(self, end: int | None = None) -> dict[str, int]:
        """A window of the confirm axis."""
        last = self.now if end is None else end
        filters = {"order_status": 5, "refund_status": 5, "page": 1, "page_size": 100}
        return {"start_confirm_at": last - 86_400, "end_confirm_at": last, **filters}

    def changed(self, **more: object) -> list[dict[str, Any]]:
        """Rows of the increment window that ends now."""
        return list(self.call(INCREMENT, **{**self.window(), **more})["order_sn_list"])

    def info(self, sn: object) -> dict[str, Any]:
        return dict(self.call(INFO, order_sn=sn)["order_info"])

    def send(self, sn: object, number: str = "SF1000000000001", carrier: int = SF, **more: object) -> dict[str, Any]:
        return self.call(SEND, order_sn=sn, logistics_id=carrier, tracking_number=number, **more)

    def truth(self, sn: object) -> dict[str, Any]:
        return dict(control(self.world, "GET", f"/_sandbox/pinduoduo/orders/{sn}"))

    def patch(self, sn: object, **body: object) -> dict[str, Any]:
        return dict(control(self.world, "PATCH", f"/_sandbox/pinduoduo/orders/{sn}", body))

    def fault(self, fault: str, **more: object) -> None:
        control(self.world, "POST", "/_sandbox/faults", {"platform": "pinduoduo", "fault": fault, **more})

    def switch(self, **values: object) -> None:
        control(self.world, "PUT", "/_sandbox/switches", {"pinduoduo": values})

    def new(self, count: int = 1, **body: object) -> str:
        """Fresh orders of this shop; the number of the last."""
        told = {"count": count, "shop_id": self.shop_id, **body}
        return str(control(self.world, "POST", "/_sandbox/pinduoduo/orders", told)[-1]["order_id"])

    def post(self, **doc: object) -> str:
        body = {"shop_id": self.shop_id, "documents": [doc]}
        [row] = control(self.world, "POST", "/_sandbox/pinduoduo/orders", body)
        return str(row["order_id"])

    def records(self) -> list[dict[str, Any]]:
        """The native truth of this shop."""
        return list(self.world.control("GET", "/_sandbox/pinduoduo/orders", {"shop_id": self.shop_id})[1])

    def every(self) -> list[str]:
        """Every order number of the last ten days by the confirm axis."""
        found: list[str] = []
        for back in range(10):
            end = self.now - back * 86_400 - (1 if back else 0)
            for number in range(1, 1000):
                told = self.call(LIST, **{**self.day(end), "start_confirm_at": self.now - (back + 1) * 86_400,
                                          "page": number, "use_has_next": True})  # fmt: skip
                found += [row["order_sn"] for row in told["order_list"]]
                if not told["has_next"]:
                    break
        return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def control(world: World, method: str, path: str, body: Any = None) -> Any:
    """A control call that must succeed."""
    status, value = world.control(method, path, {}, body)
    assert status == 200, value
    return value


def stamp(pdd: Pdd, seconds: float = 0) -> str:
    """Now and so many seconds, as the wire writes it."""
    return f"{(pdd.world.now() + timedelta(seconds=seconds)).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


def still(**options: Any) -> World:
    """A world in which time stands still between calls."""
    return World(
        **{"platforms": ["pinduoduo"], "carriers": [], "start": START, "tick": lambda: 0.0, "seed": 7, **options}
    )


def socket_url(pdd: Pdd, ms: int | None = None, secret: str | None = None, quoted: bool = False) -> str:
    """Where the app opens its message socket now."""
    at = ms if ms is not None else int(pdd.world.now().timestamp() * 1000)
    told = f"{pdd.shop['app_key']}{at}{secret or pdd.shop['app_secret']}"
    digest = base64.b64encode(hashlib.md5(told.encode()).hexdigest().encode()).decode()
    return f"http://x/message/{pdd.shop['app_key']}/{at}/{quote(digest) if quoted else digest}"


def line_of(pdd: Pdd, quoted: bool = False) -> Line:
    """An open message socket."""
    line = pdd.world.connect(Request("GET", socket_url(pdd, quoted=quoted)))
    assert line is not None
    return line


def pushed(line: Line) -> list[dict[str, Any]]:
    """Messages that wait on it, heartbeats left out."""
    frames = [json.loads(text) for text in line.waiting()]
    return [frame for frame in frames if frame["commandType"] == "Common"]


SECRET = "s3cr3t-0123456789abcdef"
COMMON = {
    "client_id": "a1b2c3d4e5f60718293a4b5c6d7e8f90", "access_token": "tok-5f1c", "timestamp": "1700000000",
    "data_type": "JSON", "version": "V1",
}  # fmt: skip
_SN = "231115-123456789012345"
VECTORS: dict[str, tuple[str, dict[str, str], str]] = {
    "V0": (
        "testSecret",
        {
            "access_token": "asd78172s8ds9a921j9qqwda12312w1w21211", "client_id": "1", "data_type": "XML",
            "order_status": "1", "page": "1", "page_size": "10", "timestamp": "1480411125",
            "type": "pdd.order.number.list.get",
        },
        "E4DE3ED21002510DED352819E7AE6775",
    ),
    "V1": (
        SECRET,
        {
            **COMMON, "type": "pdd.order.number.list.increment.get", "start_updated_at": "1699998200",
            "end_updated_at": "1700000000", "order_status": "5", "refund_status": "5", "is_lucky_flag": "0",
            "page": "1", "page_size": "100", "use_has_next": "true",
        },
        "3033589370F355380FEDE1929D9D0B8E",
    ),
    "V2": (
        SECRET,
        {
            **COMMON, "type": "pdd.logistics.online.send", "order_sn": _SN, "logistics_id": "115",
            "tracking_number": "73100012345678",
        },
        "9170F157A8425CA8944F488D9A35A7D6",
    ),
    "V3": (
        SECRET,
        {
            **COMMON, "type": "pdd.open.decrypt.batch",
            "data_list": '[{"data_tag":"231115-123456789012345","encrypted_data":'
            '"~AgAAAADKjN8Fxyy8TAA2GT4semn+oppvkOnDgjwueuQ=~vXhtOs+oximw~2~~"}]',
        },
        "B153B79C09E4012F35397DB2700AD5D2",
    ),
    "V4": (
        SECRET,
        {
            **COMMON, "type": "pdd.order.note.update", "order_sn": _SN, "note": "加急 发顺丰", "tag": "1",
            "tag_name": "红色",
        },
        "D8E0C964EE398C4D1E31171D8D8F8ACB",
    ),
}  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS)
def test_this_client_signs_as_the_page(vector: str) -> None:
    secret, params, signature = VECTORS[vector]
    assert sign(secret, params) == signature
