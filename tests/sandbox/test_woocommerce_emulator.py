"""What docs/platforms/woocommerce.md says of the REST API, row by row, with a client of this file's own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)
ROOT = "/wp-json/wc/v3"


class Woo:
    """A client: OAuth 1.0a over http, key and secret over https."""

    def __init__(self, shop: int = 0, base_url: str = "http://sandbox.local", **given: Any) -> None:
        self.world = World(seed=2, platforms=["woocommerce"], carriers=[], start=START, tick=lambda: 0.0,
                           base_url=base_url, **given)  # fmt: skip
        self.shop, self.nonces = self.world.shops()[shop], 0

    def signed(self, method: str, url: str, params: dict[str, str], **change: str) -> str:
        self.nonces += 1
        told = {**params, "oauth_consumer_key": self.shop["app_key"], "oauth_nonce": f"n{self.nonces}",
                "oauth_timestamp": str(int(self.world.now().timestamp())),
                "oauth_signature_method": "HMAC-SHA256", **change}  # fmt: skip
        rows = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in told.items())
        joined = quote("&".join(f"{name}={value}" for name, value in rows), safe="")
        text = f"{method}&{quote(url, safe='')}&{joined}"
        digest = hmac.new(f"{self.shop['app_secret']}&".encode(), text.encode(), hashlib.sha256).digest()
        return urlencode({**told, "oauth_signature": base64.b64encode(digest).decode()})

    def send(
        self, method: str, path: str, body: Any = None, *, change: dict[str, str] | None = None, **params: Any
    ) -> Reply:
        url = f"{self.shop['base_url']}{ROOT}/{path}"
        query = self.signed(method, url, {name: str(value) for name, value in params.items()}, **(change or {}))
        raw = json.dumps(body).encode() if body is not None else b""
        return self.world.handle(Request(method, f"{url}?{query}", {"content-type": "application/json"}, raw))

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        reply = self.send(method, path, body, **params)
        assert reply.status < 300, reply.body
        return json.loads(reply.body)

    def refused(self, method: str, path: str, body: Any = None, **params: Any) -> tuple[int, str]:
        reply = self.send(method, path, body, **params)
        told = json.loads(reply.body)
        assert told["data"]["status"] == reply.status
        return reply.status, told["code"]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        status, told = self.world.control(method, f"/_sandbox/{path}", {}, body)
        assert status < 300, told
        return told

    def switch(self, **values: Any) -> None:
        self.world.switches["woocommerce"].update(values)

    def create(self, count: int = 1) -> list[int]:
        rows = self.control("POST", "woocommerce/orders", {"shop_id": self.shop["shop_id"], "count": count})
        return [int(row["order_id"]) for row in rows]


@pytest.fixture
def woo() -> Woo:
    return Woo(orders=12)


# transport and keys


def test_oauth_over_http_and_nothing_in_the_clear() -> None:
    woo = Woo(orders=2)
    assert woo.call("GET", "orders")
    pair = base64.b64encode(f"{woo.shop['app_key']}:{woo.shop['app_secret']}".encode()).decode()
    request = Request("GET", f"{woo.shop['base_url']}{ROOT}/orders", {"authorization": f"Basic {pair}"}, b"")
    assert woo.world.handle(request).status == 401
    woo.switch(basic_over_http=True)
    assert woo.world.handle(request).status == 200


def test_basic_or_parameters_over_https() -> None:
    woo = Woo(orders=2, base_url="https://shop.example")
    url = f"{woo.shop['base_url']}{ROOT}/orders"
    pair = base64.b64encode(f"{woo.shop['app_key']}:{woo.shop['app_secret']}".encode()).decode()
    assert woo.world.handle(Request("GET", url, {"authorization": f"Basic {pair}"}, b"")).status == 200
    query = urlencode({"consumer_key": woo.shop["app_key"], "consumer_secret": woo.shop["app_secret"]})
    assert woo.world.handle(Request("GET", f"{url}?{query}", {}, b"")).status == 200
    assert woo.world.handle(Request("GET", f"{url}?{query}x", {}, b"")).status == 401


@pytest.mark.parametrize("change", [
    {"oauth_consumer_key": "ck"}, {"oauth_timestamp": "1"}, {"oauth_timestamp": "x"}, {"oauth_nonce": ""},
    {"oauth_signature_method": "HMAC-SHA1"},
])  # fmt: skip
def test_what_does_not_prove_the_key_is_refused(woo: Woo, change: dict[str, str]) -> None:
    assert woo.refused("GET", "orders", change=change) == (401, "woocommerce_rest_cannot_view")


def test_every_parameter_is_signed_and_the_log_says_what_should_have_been(woo: Woo) -> None:
    url = f"{woo.shop['base_url']}{ROOT}/orders"
    query = woo.signed("GET", url, {"page": "1"})
    reply = woo.world.handle(Request("GET", f"{url}?{query.replace('page=1', 'page=2')}", {}, b""))
    assert reply.status == 401
    assert woo.world.log(1)[0]["hint"].startswith("GET&http%3A%2F%2Fsandbox.local")
    assert woo.shop["app_secret"] not in woo.world.log(1)[0]["hint"]


def test_a_nonce_may_be_good_once(woo: Woo) -> None:
    assert woo.send("GET", "orders", change={"oauth_nonce": "same"}).status == 200
    woo.switch(nonce_once=True)
    assert woo.refused("GET", "orders", change={"oauth_nonce": "same"})[0] == 401


def test_keys_have_permissions(woo: Woo) -> None:
    number = woo.call("GET", "orders")[0]["id"]
    woo.switch(permissions="read")
    assert woo.refused("PUT", f"orders/{number}", {})[0] == 401
    woo.switch(permissions="write")
    assert woo.refused("GET", "orders")[0] == 401


def test_a_key_is_handed_out_to_the_callback() -> None:
    woo = Woo(orders=1)
    query = {"app_name": "hub", "scope": "read", "user_id": "7", "return_url": "https://hub.example/ok",
             "callback_url": "https://hub.example/keys"}  # fmt: skip
    url = f"{woo.shop['base_url']}/wc-auth/v1/authorize"
    reply = woo.world.handle(Request("GET", f"{url}?{urlencode(query)}", {}, b""))
    assert reply.status == 302
    assert parse_qs(urlsplit(reply.headers["location"]).query) == {"success": ["1"], "user_id": ["7"]}
    emulator: Any = woo.world.emulators["woocommerce"]
    told = json.loads(emulator._market.outbox[-1].body)
    assert (told["user_id"], told["key_permissions"]) == ("7", "read")
    woo.shop = woo.shop | {"app_key": told["consumer_key"], "app_secret": told["consumer_secret"]}
    assert woo.call("GET", "orders")
    assert woo.refused("POST", "orders", {})[0] == 401
    del query["scope"]
    assert woo.world.handle(Request("GET", f"{url}?{urlencode(query)}", {}, b"")).status == 401


def test_shops_do_not_see_each_other() -> None:
    first = Woo(orders=3)
    numbers = {one["id"] for one in first.call("GET", "orders", per_page=100)}
    first.shop = first.world.shops()[1]
    others = {one["id"] for one in first.call("GET", "orders", per_page=100)}
    assert len(numbers) == len(others) == 3
    assert not numbers & others
    assert first.refused("GET", f"orders/{min(numbers)}") == (404, "woocommerce_rest_shop_order_invalid_id")


def test_errors_have_code_message_and_status(woo: Woo) -> None:
    assert woo.refused("GET", "nothing") == (404, "rest_no_route")
    assert woo.refused("DELETE", "products/1") == (404, "rest_no_route")
    assert woo.refused("GET", "orders/999999999") == (404, "woocommerce_rest_shop_order_invalid_id")
    assert woo.refused("GET", "orders", per_page=101)[0] == 400
    assert woo.refused("GET", "orders", status="shipped")[0] == 400
    assert woo.refused("GET", "orders", after="yesterday")[0] == 400
    assert woo.refused("GET", "orders", orderby="modified")[0] == 400
    reply = woo.send("POST", "orders/batch", None, change={})
    assert reply.status == 200


def test_the_host_throttles() -> None:
    woo = Woo(orders=1)
    woo.control("POST", "faults", {"platform": "woocommerce", "fault": "call_limited", "delay_s": 3})
    reply = woo.send("GET", "orders")
    assert (reply.status, reply.headers["retry-after"]) == (429, "3")
    woo.switch(calls_per_second=1)
    assert [woo.send("GET", "orders").status for _ in range(2)] == [200, 429]


# lists


@pytest.mark.parametrize(("orderby", "order"), [("id", "asc"), ("id", "desc"), ("date", "desc"), ("date", "asc")])
def test_pages_show_every_order_once(orderby: str, order: str) -> None:
    woo = Woo(orders=23)
    seen, page = Counter[int](), 1
    while True:
        reply = woo.send("GET", "orders", per_page=5, page=page, orderby=orderby, order=order)
        seen.update(one["id"] for one in json.loads(reply.body))
        assert (reply.headers["x-wp-total"], reply.headers["x-wp-totalpages"]) == ("23", "5")
        if 'rel="next"' not in reply.headers["link"]:
            break
        page += 1
    assert len(seen) == 23
    assert set(seen.values()) == {1}
    assert page == 5


def test_ten_rows_by_default_and_an_offset(woo: Woo) -> None:
    every = [one["id"] for one in woo.call("GET", "orders", per_page=100)]
    assert [one["id"] for one in woo.call("GET", "orders")] == every[:10]
    assert [one["id"] for one in woo.call("GET", "orders", offset=7, per_page=3)] == every[7:10]
    assert woo.call("GET", "orders", page=9) == []


def test_windows_by_change_and_creation_in_gmt_and_site_time(woo: Woo) -> None:
    every = woo.call("GET", "orders", per_page=100)
    for name, field in (("after", "date_created"), ("modified_after", "date_modified")):
        middle = sorted(one[f"{field}_gmt"] for one in every)[5]
        later = {one["id"] for one in every if one[f"{field}_gmt"] > middle}
        found = woo.call("GET", "orders", per_page=100, dates_are_gmt="true", **{name: middle})
        assert {one["id"] for one in found} == later
        site = sorted(one[field] for one in every)[5]
        assert {one["id"] for one in woo.call("GET", "orders", per_page=100, **{name: site})} == later
        before = name.replace("after", "before")
        found = woo.call("GET", "orders", per_page=100, dates_are_gmt="true", **{before: middle})
        assert {one["id"] for one in found} == {one["id"] for one in every if one[f"{field}_gmt"] < middle}
    woo.switch(bounds_inclusive=True)
    edge = max(one["date_created_gmt"] for one in every)
    assert len(woo.call("GET", "orders", after=edge, dates_are_gmt="true")) == 1


def test_filters(woo: Woo) -> None:
    every = woo.call("GET", "orders", per_page=100)
    first = every[0]
    assert {one["status"] for one in woo.call("GET", "orders", status="processing,completed", per_page=100)} <= {
        "processing", "completed"}  # fmt: skip
    assert len(woo.call("GET", "orders", status="any", per_page=100)) == len(every)
    assert [one["id"] for one in woo.call("GET", "orders", include=first["id"])] == [first["id"]]
    assert first["id"] not in [one["id"] for one in woo.call("GET", "orders", exclude=first["id"], per_page=100)]
    product = first["line_items"][0]["product_id"]
    assert first["id"] in [one["id"] for one in woo.call("GET", "orders", product=product, per_page=100)]
    assert first["id"] in [one["id"] for one in woo.call("GET", "orders", customer=first["customer_id"], per_page=100)]
    ids = [every[3]["id"], every[1]["id"]]
    found = woo.call("GET", "orders", orderby="include", include=",".join(map(str, ids)))
    assert [one["id"] for one in found] == ids


def test_decimals_as_asked(woo: Woo) -> None:
    number = woo.call("GET", "orders")[0]["id"]
    plain, fine = woo.call("GET", f"orders/{number}"), woo.call("GET", f"orders/{number}", dp=4)
    assert fine["total"] == plain["total"] + "00"
    assert "." not in woo.call("GET", f"orders/{number}", dp=0)["total"]


# writes


def test_an_order_is_completed_with_meta_and_a_note(woo: Woo) -> None:
    (number,) = woo.create()
    told = woo.call("PUT", f"orders/{number}", {"status": "completed", "meta_data": [{"key": "_no", "value": "SF1"}]})
    assert told["status"] == "completed"
    assert told["date_completed_gmt"] == "2026-06-18T04:00:00"
    again = woo.call("PUT", f"orders/{number}", {"meta_data": [{"id": told["meta_data"][0]["id"], "value": "SF2"}]})
    assert [(row["key"], row["value"]) for row in again["meta_data"]] == [("_no", "SF2")]
    note = woo.call("POST", f"orders/{number}/notes", {"note": "SF SF1", "customer_note": True})
    assert woo.call("GET", f"orders/{number}/notes") == [note]
    assert woo.refused("PUT", f"orders/{number}", {"status": "shipped"})[0] == 400
    woo.switch(extra_statuses="shipped")
    assert woo.call("PUT", f"orders/{number}", {"status": "shipped"})["status"] == "shipped"
    assert woo.refused("PUT", f"orders/{number}", {"billing": {"city": 7}})[0] == 400
    assert woo.refused("POST", f"orders/{number}/notes", {})[0] == 400


def test_orders_are_made_paid_and_thrown_away(woo: Woo) -> None:
    product = woo.call("GET", "products", sku="SKU-0040")[0]
    before = product["stock_quantity"]
    given = {
        "set_paid": True,
        "line_items": [{"product_id": product["id"], "quantity": 2}],
        "billing": {"city": "Köln"},
    }
    made = woo.call("POST", "orders", given)
    assert (made["status"], made["billing"]["city"], made["line_items"][0]["quantity"]) == ("processing", "Köln", 2)
    assert made["date_paid_gmt"] is not None
    assert woo.call("GET", f"products/{product['id']}")["stock_quantity"] == before - 2
    assert woo.call("DELETE", f"orders/{made['id']}")["status"] == "trash"
    assert made["id"] not in [one["id"] for one in woo.call("GET", "orders", per_page=100)]
    assert [one["id"] for one in woo.call("GET", "orders", status="trash")] == [made["id"]]
    woo.call("DELETE", f"orders/{made['id']}", force="true")
    assert woo.refused("GET", f"orders/{made['id']}")[0] == 404


def test_a_batch_refuses_entry_by_entry(woo: Woo) -> None:
    one, two = woo.create(2)
    body = {"update": [{"id": one, "status": "completed"}, {"id": 5, "status": "completed"}], "delete": [two]}
    told = woo.call("POST", "orders/batch", body)
    assert told["update"][0]["status"] == "completed"
    assert told["update"][1]["error"]["code"] == "woocommerce_rest_shop_order_invalid_id"
    assert [row["id"] for row in told["delete"]] == [two]
    assert woo.refused("POST", "orders/batch", {"update": [{"id": one}] * 101})[0] == 400


def test_refunds_never_exceed_what_is_left(woo: Woo) -> None:
    (number,) = woo.create()
    order = woo.call("GET", f"orders/{number}")
    line = order["line_items"][0]
    row = {"id": line["id"], "quantity": 1, "refund_total": "1.00"}
    found = woo.call("POST", f"orders/{number}/refunds", {"amount": "1.00", "reason": "late", "line_items": [row]})
    assert (found["amount"], found["line_items"][0]["quantity"], found["line_items"][0]["total"]) == (
        "1.00",
        -1,
        "-1.00",
    )
    assert woo.call("GET", f"orders/{number}/refunds/{found['id']}") == found
    told = woo.call("GET", f"orders/{number}")
    assert told["refunds"] == [{"id": found["id"], "reason": "late", "total": "-1.00"}]
    assert told["status"] == order["status"]
    assert woo.refused("POST", f"orders/{number}/refunds", {"amount": order["total"]})[0] == 400
    assert woo.refused("POST", f"orders/{number}/refunds", {"amount": "0.00"})[0] == 400
    assert woo.refused("POST", f"orders/{number}/refunds", {"line_items": [{"id": 1, "quantity": 1}]})[0] == 400
    left = f"{(int(float(order['total']) * 100 + 0.5) - 100) / 100:.2f}"
    woo.call("POST", f"orders/{number}/refunds", {"amount": left})
    assert woo.call("GET", f"orders/{number}")["status"] == "refunded"
    assert len(woo.call("GET", f"orders/{number}/refunds")) == 2
    woo.switch(gateway_refunds=False)
    assert woo.refused("POST", f"orders/{number}/refunds", {"amount": "1.00"})[0] == 500


def test_units_of_a_refund_go_back_to_stock(woo: Woo) -> None:
    (number,) = woo.create()
    line = woo.call("GET", f"orders/{number}")["line_items"][0]
    stock = {
        row["sku"]: row["quantity"] for row in woo.control("GET", "woocommerce/stock") if row["shop_id"] == "woo-1"
    }
    row = {"id": line["id"], "quantity": 1, "refund_total": "0.50"}
    for restock, more in ((False, 0), (True, 1)):
        woo.call("POST", f"orders/{number}/refunds", {"amount": "0.50", "api_restock": restock, "line_items": [row]})
        found = woo.call("GET", "products", sku=line["sku"])[0]["stock_quantity"]
        assert found == stock[line["sku"]] + more


def test_stock_is_absolute_and_kept_by_variation(woo: Woo) -> None:
    both = woo.call("GET", "products", sku="SKU-0001,SKU-0040")
    variation, simple = (next(one for one in both if one["sku"] == sku) for sku in ("SKU-0001", "SKU-0040"))
    assert (variation["type"], simple["type"]) == ("variation", "simple")
    there = f"products/{variation['parent_id']}/variations"
    assert woo.call("PUT", f"{there}/{variation['id']}", {"manage_stock": True, "stock_quantity": 0})["stock_status"] == (
        "outofstock")  # fmt: skip
    told = woo.call("POST", f"{there}/batch", {"update": [{"id": variation["id"], "stock_quantity": 9}, {"id": 1}]})
    assert told["update"][0]["stock_quantity"] == 9
    assert told["update"][1]["error"]["code"] == "woocommerce_rest_product_variation_invalid_id"
    assert woo.call("POST", "products/batch", {"update": [{"id": simple["id"], "stock_quantity": 4}]})["update"][0][
        "stock_quantity"] == 4  # fmt: skip
    assert woo.call("GET", there)[0]["type"] == "variation"
    assert woo.refused("PUT", f"products/{simple['id']}", {"stock_quantity": "7"})[0] == 400
    assert woo.refused("PUT", f"products/{simple['id']}", {"manage_stock": "yes"})[0] == 400
    assert woo.refused("PUT", f"products/{simple['id']}", {"stock_status": "gone"})[0] == 400
    assert woo.call("PUT", f"products/{simple['id']}", {"manage_stock": False})["stock_quantity"] is None
    shown = woo.call("GET", "products", search_sku="SKU-00", per_page=100)
    assert [one["sku"] for one in shown] == ["SKU-0040"]
    assert woo.call("GET", "products", modified_after="2026-06-18T03:59:00", dates_are_gmt="true", per_page=100)
    assert woo.refused("GET", "products", stock_status="gone")[0] == 400


# webhooks


def test_webhooks_tell_of_changes_and_give_up_after_five_failures(woo: Woo) -> None:
    given = {"name": "hub", "topic": "order.updated", "delivery_url": "https://hub.example/woo", "secret": "wh"}
    hook = woo.call("POST", "webhooks", given)
    assert "secret" not in hook
    assert (hook["status"], hook["resource"], hook["event"]) == ("active", "order", "updated")
    for bad in ({"topic": "order.restored"}, {"topic": "x"}, {"delivery_url": "ftp://x"}):
        assert woo.refused("POST", "webhooks", {**given, **bad})[0] == 400
    (number,) = woo.create()
    for turn in range(5):
        woo.call("PUT", f"orders/{number}", {"customer_note": f"turn {turn}"})
        pushed = woo.control("GET", f"woocommerce/orders/{number}")["pushes"][-1]
        told, body = pushed["headers"], pushed["body"].encode()
        signed = base64.b64encode(hmac.new(b"wh", body, hashlib.sha256).digest()).decode()
        assert told["x-wc-webhook-signature"] == signed
        assert (told["x-wc-webhook-topic"], told["x-wc-webhook-id"]) == ("order.updated", str(hook["id"]))
        assert json.loads(body)["id"] == number
        answer = {"action": "answer", "delivery": pushed["delivery"], "status": 500}
        woo.control("PATCH", f"woocommerce/orders/{number}", answer)
    assert woo.call("GET", f"webhooks/{hook['id']}")["status"] == "disabled"
    waiting = len(woo.control("GET", f"woocommerce/orders/{number}")["pushes"])
    woo.call("PUT", f"orders/{number}", {"customer_note": "nobody hears"})
    assert len(woo.control("GET", f"woocommerce/orders/{number}")["pushes"]) == waiting
    assert woo.call("PUT", f"webhooks/{hook['id']}", {"status": "active"})["status"] == "active"
    assert [one["id"] for one in woo.call("GET", "webhooks")] == [hook["id"]]
    woo.call("DELETE", f"webhooks/{hook['id']}")
    assert woo.refused("GET", f"webhooks/{hook['id']}")[0] == 404


def test_webhooks_of_products_tell_of_stock(woo: Woo) -> None:
    given = {"topic": "product.updated", "delivery_url": "https://hub.example/woo"}
    hook = woo.call("POST", "webhooks", given)
    product = woo.call("GET", "products", sku="SKU-0040")[0]
    woo.call("PUT", f"products/{product['id']}", {"stock_quantity": 3})
    emulator: Any = woo.world.emulators["woocommerce"]
    ping, told = list(emulator._market.outbox)[-2:]
    assert ping.body == f"webhook_id={hook['id']}".encode()
    assert (told.headers["x-wc-webhook-topic"], json.loads(told.body)["stock_quantity"]) == ("product.updated", 3)
    secret = woo.shop["app_secret"].encode()  # no secret of its own: that of the key which made it
    signed = base64.b64encode(hmac.new(secret, told.body, hashlib.sha256).digest()).decode()
    assert told.headers["x-wc-webhook-signature"] == signed


# control and faults


def test_a_tester_moves_orders(woo: Woo) -> None:
    (number,) = woo.create()
    path = f"woocommerce/orders/{number}"
    assert woo.control("PATCH", path, {"action": "ship", "number": "SF1"})["status"] == "completed"
    assert woo.control("PATCH", path, {"action": "refund", "amount": "0.10"})["refunds"]
    assert woo.control("PATCH", path, {"action": "change_address", "city": "Bonn"})["shipping"]["city"] == "Bonn"
    assert woo.control("PATCH", path, {"fields": {"date_created_gmt": "2026-06-01T00:00:00"}})["date_created_gmt"] == (
        "2026-06-01T00:00:00")  # fmt: skip
    assert woo.control("PATCH", path, {"action": "refund"})["status"] == "refunded"
    for body in ({"action": "refund"}, {"action": "ship"}):
        assert woo.world.control("PATCH", f"/_sandbox/{path}", {}, body)[0] == 409
    assert woo.world.control("PATCH", f"/_sandbox/{path}", {}, {"action": "dance"})[0] == 400
    (pushed,) = woo.control("PATCH", path, {"action": "push"})["pushes"]
    assert pushed["webhook"] == 0
    document = {"id": 77, "line_items": [{"sku": "SKU-0001", "quantity": 1, "subtotal": "5.00", "total": "5.00",
                "subtotal_tax": "0.00", "total_tax": "0.00"}]}  # fmt: skip
    body = {"shop_id": "woo-1", "documents": [document]}
    assert woo.control("POST", "woocommerce/orders", body)[0]["order_id"] == "77"
    assert woo.call("GET", "orders/77")["total"] == "5.00"
    woo.control("PUT", "woocommerce/stock", {"sku": "SKU-0040", "quantity": 3})
    assert woo.call("GET", "products", sku="SKU-0040")[0]["stock_quantity"] == 3


def test_faults_of_lists(woo: Woo) -> None:
    def arm(fault: str, **more: Any) -> None:
        woo.control("POST", "faults", {"platform": "woocommerce", "fault": fault, **more})

    first = woo.call("GET", "orders", per_page=3)
    arm("repeated_page")
    assert woo.call("GET", "orders", per_page=3, page=2) == first
    arm("unknown_status")
    assert {one["status"] for one in woo.call("GET", "orders")} == {"on-the-moon"}
    arm("drifted_field")
    drifted = woo.call("GET", "orders")[0]
    assert isinstance(drifted["total"], float)
    assert "attribution" in drifted
    arm("shifting_pages")
    woo.world.advance(60)
    assert any(one["date_modified_gmt"] == "2026-06-18T04:01:00" for one in woo.call("GET", "orders", per_page=100))
    arm("late_order", delay_s=60)
    (number,) = woo.create()
    assert woo.refused("GET", f"orders/{number}")[0] == 404
    assert number not in [one["id"] for one in woo.call("GET", "orders", per_page=100)]
    woo.world.advance(61)
    assert number in [one["id"] for one in woo.call("GET", "orders", per_page=100)]


def test_ten_thousand_orders_list_and_detail_quickly() -> None:
    woo = Woo(orders=0)
    woo.create(10_000)
    started = time.process_time()
    rows = [one["id"] for page in range(1, 101) for one in woo.call("GET", "orders", per_page=100, page=page)]
    assert len(set(rows)) == 10_000
    assert time.process_time() - started < 10
    started = time.process_time()
    for number in rows[:200]:
        woo.call("GET", f"orders/{number}")
    assert time.process_time() - started < 2
