"""Youzan's emulator, row by row of docs/platforms/youzan.md, by a tiny client written from that page."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World
from orderhub.sandbox.platforms.youzan.wire import event_sign

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)
SOLD, TRADE = "youzan.trades.sold.get/4.0.4", "youzan.trade.get/4.0.2"
SHIP, PARCELS = "youzan.logistics.online.confirm/3.0.0", "youzan.logistics.order.query/1.0.0"


def world(orders: int = 0, **given: Any) -> World:
    made = World(seed=3, platforms=["youzan"], carriers=[], orders=orders, start=START, tick=lambda: 0.0, **given)
    return made


class Client:
    """Calls as the documents tell them."""

    def __init__(self, made: World) -> None:
        self.world, self.entry = made, made.shops()[0]
        self.token = self.entry["access_token"]

    def raw(self, path: str, body: Any = None, *, kind: str = "application/json", method: str = "POST") -> Reply:
        sent = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return self.world.handle(Request(method, f"{self.entry['base_url']}{path}", {"content-type": kind}, sent))

    def call(self, name: str, token: str | None = None, **params: Any) -> dict[str, Any]:
        reply = self.raw(f"/api/{name}?access_token={self.token if token is None else token}", params)
        assert reply.status == 200
        told: dict[str, Any] = json.loads(reply.body)
        return told

    def data(self, name: str, **params: Any) -> Any:
        told = self.call(name, **params)
        assert told["success"] is True and told["code"] == 200, told
        return told["data"]

    def grant(self, **changes: Any) -> dict[str, Any]:
        asked = {"client_id": self.entry["app_key"], "client_secret": self.entry["app_secret"],
                 "authorize_type": "silent", "grant_id": self.entry["grant_id"], "refresh": False}  # fmt: skip
        told: dict[str, Any] = json.loads(self.raw("/auth/token", asked | changes).body)
        return told

    def new(self, count: int = 1, **body: Any) -> list[str]:
        status, rows = self.world.control(
            "POST", "/_sandbox/youzan/orders", {}, {"count": count, "shop_id": self.entry["shop_id"], **body}
        )
        assert status == 200, rows
        return [row["order_id"] for row in rows]

    def change(self, tid: str, **body: Any) -> tuple[int, Any]:
        return self.world.control("PATCH", f"/_sandbox/youzan/orders/{tid}", {}, body)

    def trade(self, tid: str) -> dict[str, Any]:
        told: dict[str, Any] = self.data(TRADE, tid=tid)["full_order_info"]
        return told


@pytest.fixture
def client() -> Client:
    return Client(world())


def several(client: Client, least: int = 2) -> dict[str, Any]:
    """A paid trade with some lines."""
    return next(trade for tid in client.new(30) if len((trade := client.trade(tid))["orders"]) >= least)


def test_push_vector() -> None:
    assert event_sign("cid123", b'{"type":"trade_TradePaid"}', "csecret") == "3c3de6f4174a2c91de074db7ac3936dc"


def test_pushes_are_signed_over_their_raw_body(client: Client) -> None:
    (tid,) = client.new()
    record = client.world.control("GET", f"/_sandbox/youzan/orders/{tid}")[1]
    push = record["_sandbox"]["pushes"][-1]
    signed = event_sign(client.entry["app_key"], push["body"].encode(), client.entry["app_secret"])
    assert push["headers"]["Event-Sign"] == signed and json.loads(push["body"])["id"] == tid


@pytest.mark.parametrize(
    ("path", "method", "kind", "code"),
    [
        ("/api/youzan.trade.get", "POST", "application/json", 4001),
        ("/api/youzan.trade.get/9.9.9", "POST", "application/json", 4005),
        ("/api/youzan.nothing/1.0.0", "POST", "application/json", 4005),
        ("/api/youzan.trade.get/4.0.2", "GET", "application/json", 4007),
        ("/api/youzan.trade.get/4.0.2", "POST", "application/x-www-form-urlencoded", 4007),
        ("/api/youzan.trade.get/4.0.2", "POST", "application/json", 4201),
        ("/api/youzan.trade.get/4.0.2?access_token=nobody", "POST", "application/json", 4203),
        ("/api/youzan.trade.get/9.9.9?access_token=nobody", "POST", "application/json", 4005),
    ],
)
def test_gateway_refusals_are_http_200(client: Client, path: str, method: str, kind: str, code: int) -> None:
    reply = client.raw(path, method=method, kind=kind)
    told = json.loads(reply.body)["gw_err_resp"]
    assert reply.status == 200 and told["err_code"] == code and told["trace_id"] and told["err_msg"]


def test_the_token_counts_in_the_query_alone(client: Client) -> None:
    reply = client.raw("/api/" + TRADE, {"access_token": client.token})
    assert json.loads(reply.body)["gw_err_resp"]["err_code"] == 4201


def test_tokens_live_seven_days_and_are_given_silently(client: Client) -> None:
    assert client.grant()["data"] == {"access_token": client.token}
    client.world.advance(7 * 86400 + 1)
    assert client.call(SOLD)["gw_err_resp"]["err_code"] == 4203
    fresh = client.grant()["data"]["access_token"]
    assert fresh != client.token and client.call(SOLD, fresh)["success"]


def test_refresh_gives_another_token(client: Client) -> None:
    assert client.grant(refresh=True)["data"]["access_token"] != client.token


def test_the_token_call_takes_json_alone(client: Client) -> None:
    told = json.loads(client.raw("/auth/token", b"client_id=1", kind="application/x-www-form-urlencoded").body)
    assert (told["success"], told["code"], told["data"]) == (False, 1000, None)


def test_an_unknown_client_is_1103(client: Client) -> None:
    assert client.grant(client_id="nobody")["code"] == 1103
    assert client.grant(client_secret="wrong")["success"] is False
    assert client.grant(grant_id="1")["success"] is False


def test_grant_members_are_a_switch(client: Client) -> None:
    client.world.switches["youzan"]["grant_members"] = "all"
    assert set(client.grant()["data"]) == {"access_token", "expires", "refresh_token", "scope", "authority_id"}


def test_every_trade_of_a_window_once(client: Client) -> None:
    tids = client.new(25)
    seen = [
        row["full_order_info"]["order_info"]["tid"]
        for page in (1, 2, 3)
        for row in client.data(SOLD, start_update="2026-06-18 11:00:00", end_update="2026-06-18 13:00:00",
                               page_no=page, page_size=10)["full_order_info_list"]
    ]  # fmt: skip
    assert sorted(seen) == sorted(tids)


@pytest.mark.parametrize(
    "params",
    [
        {"page_no": 101}, {"page_size": 101}, {"page_no": 0}, {"start_created": "yesterday"},
        {"start_created": "2026-01-01 00:00:00", "end_created": "2026-06-01 00:00:00"},
        {"start_created": "2026-06-02 00:00:00", "end_created": "2026-06-01 00:00:00"},
        {"start_created": "2026-06-01 00:00:00", "start_update": "2026-06-01 00:00:00"},
        {"status": "PAID"}, {"custom_tags": "{"},
    ],
)  # fmt: skip
def test_lists_refuse(client: Client, params: dict[str, Any]) -> None:
    told = client.call(SOLD, **params)
    assert (told["success"], told["code"]) == (False, 400)


def test_filters(client: Client) -> None:
    client.new(3)
    (unpaid,) = client.new(1, unpaid=True)
    told = client.data(SOLD, status="WAIT_BUYER_PAY")
    assert told["total_results"] == 1
    assert told["full_order_info_list"][0]["full_order_info"]["order_info"]["tid"] == unpaid
    assert client.data(SOLD, tid=unpaid)["total_results"] == 1
    assert client.data(SOLD, express_type=1)["total_results"] == 0


def test_list_rows_tell_the_merge_key(client: Client) -> None:
    client.new()
    row = client.data(SOLD)["full_order_info_list"][0]["full_order_info"]
    assert len(row["out_order_info"]["out_address_hash_code"]) == 16


def test_numbers_and_ids_are_shaped_as_documented(client: Client) -> None:
    (tid,) = client.new()
    assert len(tid) == 24 and tid.startswith("E20260618120000")


def test_money_adds_up_in_every_seeded_trade() -> None:
    client = Client(world(60, awkward=True))
    rows = client.data(SOLD, start_update="2026-05-01 00:00:00", page_size=100)["full_order_info_list"]
    assert len(rows) > 60
    for row in rows:
        doc = row["full_order_info"]
        pay, off = doc["pay_info"], doc["order_promotion"]
        amount = {name: Decimal(pay[name]) for name in ("total_fee", "post_fee", "payment")}
        reduced = Decimal(off["item_discount_fee"]) + Decimal(off["order_discount_fee"]) - Decimal(off["adjust_fee"])
        assert amount["payment"] == amount["total_fee"] - reduced + amount["post_fee"]
        goods = sum(Decimal(line["payment"]) for line in doc["orders"])
        assert goods + amount["post_fee"] == amount["payment"]
        assert amount["total_fee"] == sum(Decimal(line["price"]) * line["num"] for line in doc["orders"])
        assert isinstance(pay["deduction_pay"], int) and isinstance(pay["payment"], str)


def test_whole_shipment(client: Client) -> None:
    (tid,) = client.new()
    assert client.data(SHIP, tid=tid, out_stype=7, out_sid="SF1")["is_success"]
    info = client.trade(tid)["order_info"]
    assert info["status"] == "WAIT_BUYER_CONFIRM_GOODS" and info["consign_time"]
    (parcel,) = client.data(PARCELS, tid=tid)
    assert (parcel["out_sid"], parcel["out_stype"]) == ("SF1", "7")
    assert client.call(SHIP, tid=tid, out_stype=7, out_sid="SF2")["code"] == 409


def test_consign_time_comes_only_with_the_last_parcel(client: Client) -> None:
    trade = several(client)
    tid, oids = trade["order_info"]["tid"], [line["oid"] for line in trade["orders"]]
    client.data(SHIP, tid=tid, out_stype="7", out_sid="SF1", oids=oids[0])
    half = client.trade(tid)["order_info"]
    assert half["status"] == "WAIT_SELLER_SEND_GOODS" and not half["consign_time"]
    assert client.call(SHIP, tid=tid, out_stype=7, out_sid="SF2", oids=oids[0])["code"] == 409
    client.data(SHIP, tid=tid, out_stype="7", out_sid="SF2", oids=",".join(oids[1:]))
    assert client.trade(tid)["order_info"]["consign_time"] and len(client.data(PARCELS, tid=tid)) == 2


def test_a_waybill_is_corrected_and_signed(client: Client) -> None:
    (tid,) = client.new()
    assert client.call("youzan.logistics.online.marksign/3.0.0", tid=tid)["code"] == 409
    client.data(SHIP, tid=tid, out_stype=7, out_sid="SF1")
    client.data("youzan.logistics.online.update/3.0.1", tid=tid, out_stype=3, out_sid="ZT2")
    assert [one["out_sid"] for one in client.data(PARCELS, tid=tid)] == ["ZT2"]
    client.data("youzan.logistics.online.marksign/3.0.0", tid=tid)
    assert client.trade(tid)["order_info"]["status"] == "TRADE_SUCCESS"


def test_without_express_no_number_is_needed(client: Client) -> None:
    (tid,) = client.new()
    assert client.call(SHIP, tid=tid)["code"] == 400
    assert client.call(SHIP, tid=tid, out_stype=7)["code"] == 400
    assert client.call(SHIP, tid=tid, out_stype=999, out_sid="1")["code"] == 400
    assert client.data(SHIP, tid=tid, is_no_express=1)


def test_carriers_list_sf(client: Client) -> None:
    assert {"id": 7, "name": "顺丰速运"} in client.data("youzan.logistics.express.get/3.0.0")


def test_memo(client: Client) -> None:
    (tid,) = client.new()
    client.data("youzan.trade.memo.update/3.0.0", tid=tid, memo="易碎", flag=2)
    assert client.trade(tid)["remark_info"]["trade_memo"] == "易碎"


def test_other_shops_and_unknown_trades_are_not_there(client: Client) -> None:
    assert client.call(TRADE, tid="E1")["code"] == 404
    status, rows = client.world.control("POST", "/_sandbox/youzan/orders", {}, {"count": 1, "shop_id": "yz-2"})
    assert status == 200 and client.call(TRADE, tid=rows[0]["order_id"])["code"] == 404


def test_refund_state_is_transient_first(client: Client) -> None:
    trade = several(client)
    tid = trade["order_info"]["tid"]
    client.change(tid, action="refund", refund_fee="0.01")
    assert client.trade(tid)["order_info"]["refund_state"] == 1
    client.world.advance(6)
    settled = client.trade(tid)["order_info"]
    assert settled["refund_state"] == 2 and settled["update_time"] == "2026-06-18 12:00:05"
    client.change(tid, action="cancel")
    assert client.trade(tid)["order_info"]["refund_state"] == 11
    client.world.advance(6)
    closed = client.trade(tid)["order_info"]
    assert (closed["refund_state"], closed["status"], closed["close_type"]) == (12, "TRADE_CLOSED", 2)


def test_refunds_are_searched_and_read(client: Client) -> None:
    (tid,) = client.new()
    client.change(tid, action="refund", refund_fee="0.01")
    seconds = int(START.timestamp())
    told = client.data("youzan.trade.refund.search/3.0.1", update_time_start=seconds - 9, update_time_end=seconds + 9)
    assert told["total"] == 1 and told["refunds"][0]["tid"] == tid
    one = client.data("youzan.trade.refund.get/3.0.1", refund_id=told["refunds"][0]["refund_id"])
    assert one["refund_fee"] == "0.01"
    big = client.call("youzan.trade.refund.search/3.0.1", update_time_start=1, page_no=31, page_size=100)
    assert big["code"] == 400


def test_quantities_are_set_and_added(client: Client) -> None:
    row = client.world.control("GET", "/_sandbox/youzan/stock", {"shop_id": "yz-1"})[1][0]
    name = {"item_id": row["item_id"], "sku_id": row["sku_id"]}
    client.data("youzan.item.quantity.update/3.0.0", **name, quantity=5, type=0)
    client.data("youzan.item.quantity.update/3.0.0", **name, quantity=-2, type=1)
    item = client.data("youzan.item.detail.get/1.0.1", item_id=row["item_id"])
    assert next(one for one in item["skus"] if one["sku_id"] == row["sku_id"])["quantity"] == 3
    chain = {"kdt_id": client.entry["grant_id"], "channel": 1, **name, "stock_num_str": "8"}
    client.data("youzan.item.quantity.update/4.0.0", **chain, type=0)
    assert client.call("youzan.item.quantity.update/4.0.0", **chain, type=1)["code"] == 123000104
    assert client.call("youzan.item.quantity.update/3.0.0", item_id=1, quantity=5)["code"] == 404
    assert client.call("youzan.item.quantity.update/3.0.0", **name, quantity=-99, type=1)["code"] == 400


def test_states_forbid(client: Client) -> None:
    (tid,) = client.new(1, unpaid=True)
    for action in ("ship", "receive", "refund"):
        assert client.change(tid, action=action)[0] == 409
    assert client.change(tid, action="pay")[0] == 200
    assert client.change(tid, action="pay")[0] == 409
    client.change(tid, action="ship")
    assert client.change(tid, action="cancel")[0] == 409


def test_tester_overlays_documents_and_fields(client: Client) -> None:
    given = {"order_info": {"tid": "E20260618120000000000777"}, "remark_info": {"buyer_message": "喂"}}
    body = {"shop_id": "yz-1", "documents": [given]}
    assert client.world.control("POST", "/_sandbox/youzan/orders", {}, body)[0] == 200
    tid = given["order_info"]["tid"]
    assert client.trade(tid)["remark_info"]["buyer_message"] == "喂" and client.trade(tid)["orders"]
    client.world.advance(60)
    client.change(tid, fields={"order_info": {"status": "TRADE_PAID"}})
    info = client.trade(tid)["order_info"]
    assert (info["status"], info["update_time"]) == ("TRADE_PAID", "2026-06-18 12:01:00")
    assert client.change(tid, action="change_address", delivery_city="厦门市")[1]["address_info"]["delivery_city"]


def test_faults(client: Client) -> None:
    tids = client.new(3)

    def arm(fault: str, **more: Any) -> None:
        body = {"platform": "youzan", "fault": fault, **more}
        assert client.world.control("POST", "/_sandbox/faults", {}, body)[0] == 200

    arm("unknown_status")
    strange = client.data(SOLD)["full_order_info_list"][0]["full_order_info"]["order_info"]["status"]
    assert strange == "WAIT_STORE_PICKING"
    arm("drifted_field")
    assert isinstance(client.trade(tids[0])["pay_info"]["payment"], float)
    first = client.data(SOLD, page_size=1)
    arm("repeated_page")
    assert client.data(SOLD, page_no=2, page_size=1) == first
    client.world.advance(5)
    arm("shifting_pages")
    moved = client.data(SOLD, start_update="2026-06-18 00:00:00", page_size=1)["full_order_info_list"][0]
    assert moved["full_order_info"]["order_info"]["update_time"] == "2026-06-18 12:00:05"
    arm("late_order", delay_s=60)
    (late,) = client.new()
    assert client.call(TRADE, tid=late)["code"] == 404
    client.world.advance(61)
    assert client.trade(late)
    arm("token_expired")
    assert client.call(SOLD)["gw_err_resp"]["err_code"] == 4203
    assert client.call(SOLD)["gw_err_resp"]["err_code"] == 4203


def test_one_seed_one_world() -> None:
    one, two = world(20, awkward=True), world(20, awkward=True)
    assert [one.control("GET", "/_sandbox/youzan/orders")] == [two.control("GET", "/_sandbox/youzan/orders")]
    tid = one.control("GET", "/_sandbox/youzan/orders")[1][0]["order_id"]
    path = f"/_sandbox/youzan/orders/{tid}"
    assert one.control("GET", path) == two.control("GET", path)


def test_every_status_and_close_is_seeded() -> None:
    client = Client(world(120, awkward=True))
    rows = [doc for page in (1, 2) for doc in client.data(
        SOLD, start_update="2026-05-01 00:00:00", page_no=page, page_size=100)["full_order_info_list"]]  # fmt: skip
    infos = [row["full_order_info"]["order_info"] for row in rows]
    assert {info["status"] for info in infos} >= {
        "WAIT_BUYER_PAY", "TRADE_PAID", "WAIT_CONFIRM", "WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS",
        "TRADE_SUCCESS", "TRADE_CLOSED",
    }  # fmt: skip
    assert {info["close_type"] for info in infos} >= {0, 1, 2} and {info["refund_state"] for info in infos} >= {
        0,
        2,
        12,
    }
    assert min(info["created"] for info in infos) > str(START - timedelta(days=60))
