"""The world in process: determinism, transports with faults, and the control API."""

from __future__ import annotations

import gzip
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from test_taobao_emulator_tools import START, Tb, control, still

from orderhub.errors import ConfigurationError, ConnectFailed, DecodeError, OrderHubError, TimedOut, TransportError
from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World
from orderhub.sandbox.damage import BOMB_BYTES
from orderhub.sandbox.faults import FAULTS

# determinism


def story(world: World) -> list[bytes]:
    """Some calls of every kind; their replies."""
    tb = Tb(world)
    tids = [*tb.tids()[:3], tb.new()]
    tb.ship(tids[-1])
    asked = [
        tb.params("taobao.trade.fullinfo.get", fields="tid,modified,payment,orders,created", tid=tid) for tid in tids
    ]
    return [tb.raw(tb.signed(params)).body for params in asked]


def test_same_seed_same_start_same_calls_same_answers() -> None:
    first, second = story(still(orders=5, seed=11)), story(still(orders=5, seed=11))
    assert first == second
    assert story(still(orders=5, seed=12)) != first


def test_reset_brings_the_world_back() -> None:
    world = still(orders=5, awkward=True)
    before = control(world, "GET", "/_sandbox/taobao/orders"), control(world, "GET", "/_sandbox/taobao/stock")
    shops = world.shops()
    story(world)
    world.advance(500)
    Tb(world).fault("http_500")
    Tb(world).switch(mask="tail_shown")
    control(world, "POST", "/_sandbox/reset")
    assert (control(world, "GET", "/_sandbox/taobao/orders"), control(world, "GET", "/_sandbox/taobao/stock")) == before
    assert world.shops() == shops
    assert world.now() == START
    assert world.log() == control(world, "GET", "/_sandbox/faults") == []
    assert control(world, "GET", "/_sandbox/switches")["taobao"]["mask"]["value"] == "front_shown"
    control(world, "POST", "/_sandbox/reset", {"seed": 99})
    assert control(world, "GET", "/_sandbox/taobao/orders") != before[0]


def test_the_clock_starts_at_wall_time_and_runs() -> None:
    world = World(platforms=[], carriers=[])
    assert abs(world.now() - datetime.now(UTC)) < timedelta(seconds=5)
    first = world.now()
    time.sleep(0.01)
    assert world.now() > first


def test_unknown_platforms_and_carriers_are_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="taobao"):
        World(platforms=["ebay"])
    with pytest.raises(ConfigurationError, match="carrier"):
        World(platforms=[], carriers=["owl"])


def test_shops_are_sandbox_credentials_and_follow_the_base_url() -> None:
    world = World(platforms=["taobao"], carriers=[], shops_per_platform=3, base_url="http://one")
    shops = control(world, "GET", "/_sandbox/shops")
    assert [shop["shop_id"] for shop in shops] == ["tb-1", "tb-2", "tb-3"]
    keys = {
        "platform",
        "shop_id",
        "base_url",
        "app_key",
        "app_secret",
        "access_token",
        "refresh_token",
        "token_url",
        "message_url",
    }
    for shop in shops:
        assert set(shop) == keys
        assert all(shop[name].startswith("sandbox-") for name in keys if "token" in name and name != "token_url")
        assert shop["app_key"].startswith("sandbox-")
        assert shop["app_secret"].startswith("sandbox-")
    world.base_url = "http://two"
    assert {shop["base_url"] for shop in world.shops()} == {"http://two"}


def test_threads_share_one_world() -> None:
    world = still(orders=20)
    tb = Tb(world)
    tids = tb.tids(status="WAIT_SELLER_SEND_GOODS")
    outcomes: list[str] = []

    def work() -> None:
        for tid in tids:
            try:
                tb.ship(tid)
                outcomes.append("sent")
            except Exception as refused:
                outcomes.append(str(getattr(refused, "sub_code", refused)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("sent") == len(tids)
    assert set(outcomes) == {"sent", "isv.logistics-offline-service-error:B04"}


def test_a_full_order_is_read_fast_enough_for_ten_thousand() -> None:
    """A generous bound (a loaded machine); the usual figure is a fifth of a millisecond."""
    tb = Tb(still(orders=200))
    requests = [
        Request("POST", "http://x/router/rest", FORM, _form(tb, tid=tid)) for tid in tb.tids()
    ]  # fmt: skip
    start = time.process_time()
    for request in requests:
        tb.world.handle(request)
    assert (time.process_time() - start) / len(requests) < 0.003


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _form(tb: Tb, **more: object) -> bytes:
    params = tb.params("taobao.trade.fullinfo.get", fields="tid,orders,receiver_name", **more)
    return urlencode(tb.signed(params)).encode()


# transports


def request(tb: Tb, timeout_s: float = 30) -> Request:
    """A write: it shows whether it was executed."""
    params = tb.signed(tb.params("taobao.trade.memo.update", tid=tb.tids()[0], memo="x"))
    return Request("POST", tb.shop["base_url"] + "/router/rest", FORM, urlencode(params).encode(), timeout_s)


def executed(tb: Tb) -> bool:
    return bool(tb.truth(tb.tids()[0]).get("seller_memo") == "x")


@pytest.mark.parametrize(
    ("fault", "error", "sent", "done"),
    [
        ("timeout_before", TimedOut, True, False), ("timeout_after", TimedOut, True, True),
        ("connect_failed", ConnectFailed, False, False), ("reset", TransportError, True, True),
        ("gzip_bomb", DecodeError, None, True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("face", ["sync", "async"])
async def test_faults_that_eat_the_reply(
    fault: str, error: type[OrderHubError], sent: bool | None, done: bool, face: str
) -> None:
    tb = Tb(still(orders=1))
    ask = request(tb)
    tb.fault(fault)
    with pytest.raises(error) as caught:
        tb.world.transport().send(ask) if face == "sync" else await tb.world.async_transport().send(ask)
    assert getattr(caught.value, "sent", None) is sent
    assert executed(tb) is done
    reply = tb.world.transport().send(ask) if face == "sync" else await tb.world.async_transport().send(ask)
    assert b"trade_memo_update_response" in reply.body


@pytest.mark.parametrize(
    ("fault", "status", "done"),
    [("http_500", 500, False), ("http_503", 503, False), ("html_page", 200, False), ("truncated", 200, True),
     ("bad_json", 200, True), ("wrong_charset", 200, True)],
)  # fmt: skip
def test_faults_that_spoil_the_reply(fault: str, status: int, done: bool) -> None:
    tb = Tb(still(orders=1))
    ask = request(tb)
    tb.fault(fault)
    reply = tb.world.handle(ask)
    assert reply.status == status
    assert executed(tb) is done
    if fault != "wrong_charset":
        with pytest.raises(ValueError):
            json.loads(reply.body)


def test_wrong_charset_is_gbk_under_a_utf8_label() -> None:
    tb = Tb(still(orders=1))
    tb.fault("wrong_charset", operation="taobao.logistics.companies.get")
    reply = tb.raw(tb.signed(tb.params("taobao.logistics.companies.get", fields="name")))
    assert "UTF-8" in reply.headers["content-type"]
    with pytest.raises(UnicodeDecodeError):
        reply.body.decode()
    assert "顺丰速运" in reply.body.decode("gb18030")


def test_slow_replies_move_the_clock_and_time_out_beyond_patience() -> None:
    tb = Tb(still(orders=1))
    ask = request(tb, 10)
    tb.fault("slow", delay_s=7)
    assert tb.world.handle(ask).status == 200
    assert tb.world.now() == START + timedelta(seconds=7)
    tb.fault("slow", delay_s=70)
    with pytest.raises(TimedOut):
        tb.world.handle(ask)
    assert tb.world.now() == START + timedelta(seconds=17)


def test_the_bomb_is_small_on_the_wire() -> None:
    tb = Tb(still(orders=1))
    ask = request(tb)
    tb.fault("gzip_bomb")
    reply = tb.world.exchange(ask).reply
    assert reply is not None
    assert len(reply.body) < BOMB_BYTES / 500
    assert gzip.decompress(reply.body).startswith(b'{"x":')


def test_clock_skew_moves_every_server_time_until_disarmed() -> None:
    tb = Tb(still(orders=1))
    tb.fault("clock_skew", delay_s=1200)
    params = tb.params("taobao.time.get")
    reply = tb.raw(tb.signed(params))
    assert b'"code":31' in reply.body
    told = parsedate_to_datetime(reply.headers["date"])
    assert told == START + timedelta(seconds=1200)
    fixed = f"{told + timedelta(hours=8):%Y-%m-%d %H:%M:%S}"
    assert tb.call("taobao.time.get", timestamp=fixed)["time"] == fixed
    control(tb.world, "DELETE", "/_sandbox/faults")
    assert tb.call("taobao.time.get")["time"] == "2026-03-18 10:30:00"


def test_faults_hit_only_their_shop_and_operation() -> None:
    world = still(orders=1)
    first, second = Tb(world, 0), Tb(world, 1)
    first.fault("http_500", shop_id="tb-2", operation="taobao.trades.sold.get")
    assert first.tids()
    assert second.call("taobao.time.get")
    with pytest.raises(AssertionError):
        second.tids()
    assert second.tids()


def test_date_headers_follow_the_sandbox_clock() -> None:
    tb = Tb(still())
    tb.world.advance(86_400)
    reply = tb.raw({})
    assert parsedate_to_datetime(reply.headers["date"]) == START + timedelta(days=1)


def test_transport_closes_and_unknown_places_are_404() -> None:
    world = still()
    transport = world.transport()
    reply = transport.send(Request("GET", "http://sandbox.local/nothing/here"))
    assert isinstance(reply, Reply)
    assert reply.status == 404
    assert world.log(1)[0]["platform"] is None
    transport.close()


async def test_async_transport_closes() -> None:
    await still().async_transport().close()


# control


def refused(world: World, method: str, path: str, body: Any = None, query: dict[str, str] | None = None) -> int:
    status, value = world.control(method, path, query, body)
    assert set(value) == {"error", "do"}
    assert value["error"]
    return int(status)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/_sandbox/nothing", None, 404), ("POST", "/_sandbox/shops", None, 405),
        ("GET", "/_sandbox/ebay/orders", None, 404), ("GET", "/_sandbox/taobao/orders/1", None, 404),
        ("POST", "/_sandbox/taobao/orders", {}, 400), ("POST", "/_sandbox/taobao/orders", {"count": 0}, 400),
        ("POST", "/_sandbox/taobao/orders", {"count": 1, "shop_id": "x"}, 404),
        ("POST", "/_sandbox/taobao/orders", {"documents": [{}]}, 400),
        ("POST", "/_sandbox/taobao/orders", {"documents": [], "shop_id": "tb-1"}, 400),
        ("PUT", "/_sandbox/taobao/stock", {"outer_id": "SKU-0001"}, 400),
        ("PUT", "/_sandbox/taobao/stock", {"outer_id": "SKU-9999", "quantity": 1}, 404),
        ("PUT", "/_sandbox/taobao/stock", {"quantity": 1}, 400),
        ("POST", "/_sandbox/clock", {}, 400), ("POST", "/_sandbox/clock", {"set": "2026-01-01"}, 400),
        ("POST", "/_sandbox/clock", {"advance_s": "1"}, 400), ("POST", "/_sandbox/clock", {"jump": 1}, 400),
        ("POST", "/_sandbox/faults", {"fault": "meteor"}, 400),
        ("POST", "/_sandbox/faults", {"fault": "reset", "platform": "ebay"}, 404),
        ("DELETE", "/_sandbox/faults", {"fault": "meteor"}, 400),
        ("POST", "/_sandbox/reset", {"seed": "x"}, 400), ("POST", "/_sandbox/reset", [], 400),
        ("PUT", "/_sandbox/switches", {"taobao": {"nope": 1}}, 400),
        ("PUT", "/_sandbox/switches", {"taobao": {"mask": "none"}}, 400),
        ("PUT", "/_sandbox/switches", {"taobao": {"access_token_s": "long"}}, 400),
        ("PUT", "/_sandbox/switches", {"taobao": 1}, 400), ("PUT", "/_sandbox/switches", {"ebay": {}}, 404),
    ],
)  # fmt: skip
def test_bad_control_requests_say_what_to_do(method: str, path: str, body: Any, status: int) -> None:
    assert refused(still(), method, path, body) == status


def test_control_refuses_bad_queries() -> None:
    world = still()
    assert refused(world, "GET", "/_sandbox/log", None, {"limit": "many"}) == 400
    assert refused(world, "GET", "/_sandbox/taobao/orders", None, {"shop_id": "x"}) == 404
    assert refused(world, "GET", "/_sandbox/taobao/stock", None, {"shop_id": "x"}) == 404


def test_index_names_every_route() -> None:
    assert len(control(still(), "GET", "/_sandbox")["routes"]) >= 18


def test_new_orders_are_dated_now_in_every_shop_and_shown_at_once() -> None:
    world = still()
    rows = control(world, "POST", "/_sandbox/taobao/orders", {"count": 3})
    assert sorted(row["shop_id"] for row in rows) == ["tb-1"] * 3 + ["tb-2"] * 3
    assert {row["modified"] for row in rows} == {"2026-03-18 10:30:00"}
    assert {"order_id", "shop_id", "modified"} <= set(rows[0])
    assert len(Tb(world).tids()) == 3
    assert world.control("GET", "/_sandbox/taobao/orders", {"shop_id": "tb-2"})[1] == rows[3:]


def test_documents_come_back_as_given() -> None:
    tb = Tb(still())
    line = {"oid": 5, "num": 2, "price": "3.00", "payment": "6.00", "title": "茶"}
    doc = {"tid": "1234567890123456789", "payment": "6.00", "orders": {"order": [line]}, "surprise": "new"}
    tid = tb.post(**doc)
    truth = tb.truth(tid)
    assert (truth["tid"], truth["surprise"]) == (1234567890123456789, "new")
    assert line.items() <= truth["orders"][0].items()
    assert tb.call("taobao.trade.fullinfo.get", fields="surprise", tid=tid)["trade"] == {"surprise": "new"}
    tb.post(**{**doc, "payment": "7.00"})
    assert tb.truth(tid)["payment"] == "7.00"
    assert len(tb.tids()) == 1
    tb.post(**{name: value for name, value in truth.items() if name != "_sandbox"})
    assert tb.truth(tid) == truth
    assert refused(tb.world, "POST", "/_sandbox/taobao/orders", {"shop_id": "tb-2", "documents": [doc]}) == 400


def test_actions_and_fields_change_an_order() -> None:
    tb = Tb(still())
    tid = tb.new(unpaid=True)
    tb.world.advance(60)
    assert tb.patch(tid, action="pay")["status"] == "WAIT_SELLER_SEND_GOODS"
    assert tb.patch(tid, action="change_address", receiver_city="宁波市")["receiver_city"] == "宁波市"
    shipped = tb.patch(tid, action="ship", company_code="YTO", out_sid="YT10001")
    assert shipped["status"] == "WAIT_BUYER_CONFIRM_GOODS"
    assert shipped["_sandbox"]["parcels"][0]["out_sid"] == shipped["orders"][0]["invoice_no"] == "YT10001"
    assert tb.patch(tid, action="receive")["status"] == "TRADE_FINISHED"
    assert tb.patch(tid, fields={"status": "STRANGE"})["status"] == "STRANGE"
    path = f"/_sandbox/taobao/orders/{tid}"
    assert refused(tb.world, "PATCH", path, {"action": "receive"}) == 409
    assert refused(tb.world, "PATCH", path, {"action": "dance"}) == 400
    assert refused(tb.world, "PATCH", path, {"action": "change_address"}) == 400
    assert refused(tb.world, "PATCH", path, {"action": "ship", "company_code": "OWL"}) == 400
    assert refused(tb.world, "PATCH", path, {"action": "refund", "oid": 1}) == 404
    assert refused(tb.world, "PATCH", path, {"action": "refund", "refund_id": "1"}) == 404


def test_clock_can_be_set_advanced_frozen() -> None:
    world = World(platforms=[], carriers=[])
    told = control(world, "POST", "/_sandbox/clock", {"set": "2027-01-01T08:00:00+08:00", "freeze": True})
    assert told == {"now": datetime(2027, 1, 1, tzinfo=UTC), "frozen": True}
    control(world, "POST", "/_sandbox/clock", {"advance_s": 1.5})
    assert world.now() == datetime(2027, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    assert control(world, "POST", "/_sandbox/clock", {"freeze": False})["frozen"] is False
    assert world.now() > datetime(2027, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)


def test_faults_can_be_listed_and_disarmed() -> None:
    tb = Tb(still())
    for name in ("reset", "slow", "slow"):
        tb.fault(name)
    listed = control(tb.world, "GET", "/_sandbox/faults")
    assert [rule["fault"] for rule in listed] == ["reset", "slow", "slow"]
    assert listed[1] == {
        "platform": "taobao", "shop_id": None, "operation": None, "fault": "slow", "times": 1, "delay_s": 1.0,
    }  # fmt: skip
    assert tb.world.control("DELETE", "/_sandbox/faults", {"fault": "slow"})[1] == {"disarmed": 2}
    assert control(tb.world, "DELETE", "/_sandbox/faults") == {"disarmed": 1}


@pytest.mark.parametrize("fault", FAULTS)
def test_taobao_takes_every_fault(fault: str) -> None:
    Tb(still()).fault(fault)


def test_the_log_tells_what_happened() -> None:
    tb = Tb(still(orders=1))
    tid = tb.tids()[0]
    tb.refusal("taobao.trade.fullinfo.get", fields="tid", tid=1)
    tb.fault("http_503")
    tb.raw(tb.signed(tb.params("taobao.time.get")))
    newest, before, *_ = control(tb.world, "GET", "/_sandbox/log")
    assert (newest["fault"], newest["status"], newest["operation"]) == ("http_503", 503, "taobao.time.get")
    assert (before["verdict"], before["shop_id"]) == ("15 isv.trade-not-exist", "tb-1")
    assert str(tid) not in json.dumps(control(tb.world, "GET", "/_sandbox/log"), default=str)
    assert len(tb.world.control("GET", "/_sandbox/log", {"limit": "1"})[1]) == 1


def test_control_answers_over_the_transport_too() -> None:
    world = still()
    told = world.handle(Request("GET", "http://x/_sandbox/shops"))
    assert json.loads(told.body) == world.shops()
    bad = world.handle(Request("POST", "http://x/_sandbox/clock", {}, b"{oops"))
    assert (bad.status, set(json.loads(bad.body))) == (400, {"error", "do"})
    now = json.loads(world.handle(Request("GET", "http://x/_sandbox/clock")).body)["now"]
    assert datetime.fromisoformat(now) == START


def test_stock_can_be_set_for_one_shop_or_all() -> None:
    world = still()
    assert len(control(world, "PUT", "/_sandbox/taobao/stock", {"outer_id": "SKU-0003", "quantity": 4})) == 2
    body = {"outer_id": "SKU-0003", "quantity": 9, "shop_id": "tb-2"}
    assert [row["quantity"] for row in control(world, "PUT", "/_sandbox/taobao/stock", body)] == [9]
    rows = [row for row in control(world, "GET", "/_sandbox/taobao/stock") if row["outer_id"] == "SKU-0003"]
    assert [(row["shop_id"], row["quantity"]) for row in rows] == [("tb-1", 4), ("tb-2", 9)]
