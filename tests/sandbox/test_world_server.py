"""The world behind a real socket: ordinary clients, absolute-form targets, broken connections, a clean end."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from test_taobao_emulator_tools import Tb

from orderhub.errors import ConfigurationError
from orderhub.sandbox import World
from orderhub.sandbox.server import running

WORLD = World(platforms=["taobao"], carriers=[], orders=3)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(WORLD) as address:
        yield address


@pytest.fixture
def tb(url: str) -> Tb:
    httpx.post(f"{url}/_sandbox/reset").raise_for_status()
    return Tb(WORLD)


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=5) as http_client:
        yield http_client


def post(client: httpx.Client, tb: Tb, method: str, **more: object) -> httpx.Response:
    return client.post("/router/rest", data=tb.signed(tb.params(method, **more)))


def test_an_order_is_pulled_and_sent_over_http(client: httpx.Client, tb: Tb) -> None:
    assert tb.shop["base_url"] == str(client.base_url).rstrip("/")
    listed = post(client, tb, "taobao.trades.sold.get", fields="tid,status").json()["trades_sold_get_response"]
    assert len(listed["trades"]["trade"]) == 3
    [row] = client.post("/_sandbox/taobao/orders", json={"count": 1, "shop_id": "tb-1"}).json()
    parcels = json.dumps([{"out_sid": "SF1000000000001", "company_code": "SF"}])
    told = post(client, tb, "alibaba.ascp.logistics.offline.send", tid=row["order_id"], consign_pkgs=parcels).json()
    assert told["alibaba_ascp_logistics_offline_send_response"]["result"]["success"] is True
    truth = client.get(f"/_sandbox/taobao/orders/{row['order_id']}").json()
    assert truth["orders"][0]["invoice_no"] == "SF1000000000001"


def test_tokens_are_refreshed_over_http(client: httpx.Client, tb: Tb) -> None:
    body = {
        "client_id": tb.shop["app_key"], "client_secret": tb.shop["app_secret"], "grant_type": "refresh_token",
        "refresh_token": tb.shop["refresh_token"],
    }  # fmt: skip
    assert httpx.post(tb.shop["token_url"], data=body).json()["access_token"].startswith("sandbox-")


def test_absolute_form_targets_are_routed(tb: Tb, url: str) -> None:
    query = urlencode(tb.signed(tb.params("taobao.time.get")))
    with contextlib.closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)) as connection:
        connection.request("POST", f"http://gw.api.taobao.com/router/rest?{query}")
        assert b"time_get_response" in connection.getresponse().read()


def test_chinese_text_in_path_and_query_survives(client: httpx.Client, tb: Tb) -> None:
    tid = tb.tids()[0]
    memo = "加急 发顺丰 & 勿折+100%"
    reply = client.get("/router/rest", params=tb.signed(tb.params("taobao.trade.memo.update", tid=tid, memo=memo)))
    assert "trade_memo_update_response" in reply.json()
    assert tb.truth(tid)["seller_memo"] == memo


@pytest.mark.parametrize(
    ("fault", "error"),
    [("timeout_before", httpx.RemoteProtocolError), ("timeout_after", httpx.RemoteProtocolError),
     ("connect_failed", httpx.RemoteProtocolError), ("reset", httpx.ReadError)],
)  # fmt: skip
def test_connections_break(client: httpx.Client, tb: Tb, fault: str, error: type[Exception]) -> None:
    client.post("/_sandbox/faults", json={"platform": "taobao", "fault": fault}).raise_for_status()
    with pytest.raises(error):
        post(client, tb, "taobao.time.get")
    assert "time_get_response" in post(client, tb, "taobao.time.get").json()


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after", "slow"])
def test_an_impatient_client_times_out(client: httpx.Client, tb: Tb, fault: str) -> None:
    client.post("/_sandbox/faults", json={"platform": "taobao", "fault": fault, "delay_s": 0.3}).raise_for_status()
    with pytest.raises(httpx.ReadTimeout):
        client.post("/router/rest", data=tb.signed(tb.params("taobao.time.get")), timeout=0.05)


def test_the_bomb_arrives_packed(client: httpx.Client, tb: Tb) -> None:
    client.post("/_sandbox/faults", json={"platform": "taobao", "fault": "gzip_bomb"}).raise_for_status()
    with client.stream("POST", "/router/rest", data=tb.signed(tb.params("taobao.time.get"))) as reply:
        assert reply.headers["content-encoding"] == "gzip"
        assert len(b"".join(reply.iter_raw())) < 200_000


def test_date_headers_follow_the_sandbox_clock(client: httpx.Client, tb: Tb) -> None:
    client.post("/_sandbox/clock", json={"set": "2030-05-06T07:08:09+00:00", "freeze": True}).raise_for_status()
    for path in ("/_sandbox/shops", "/router/rest", "/nowhere"):
        reply = client.get(path)
        assert reply.headers.get_list("date") == ["Mon, 06 May 2030 07:08:09 GMT"]
        assert "server" not in reply.headers


def test_control_speaks_json_over_http(client: httpx.Client, tb: Tb) -> None:
    assert (
        client.get("/_sandbox/taobao/orders", params={"shop_id": "tb-1"}).json()
        == (WORLD.control("GET", "/_sandbox/taobao/orders", {"shop_id": "tb-1"})[1])
    )
    assert client.request("PROPFIND", "/_sandbox/shops").status_code == 405
    assert client.delete("/_sandbox/faults", params={"fault": "meteor"}).json()["do"]


def test_many_clients_at_once(tb: Tb, url: str) -> None:
    statuses: list[int] = []

    def work() -> None:
        with httpx.Client(base_url=url, timeout=10) as own:
            statuses.extend(post(own, tb, "taobao.trades.sold.get", fields="tid").status_code for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 40


def test_it_ends_cleanly_and_listens_on_loopback_only() -> None:
    world = World(platforms=["taobao"], carriers=[])
    before = {thread.name for thread in threading.enumerate()}
    with running(world) as address:
        port = urlsplit(address).port
        assert address == f"http://127.0.0.1:{port}"
        assert world.shops()[0]["token_url"] == f"{address}/token"
        assert httpx.get(f"{address}/_sandbox/clock").status_code == 200
    assert world.base_url == "http://sandbox.local"
    assert {thread.name for thread in threading.enumerate()} <= before
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port or 0), 0.5):
        pass


def test_a_taken_port_is_told_in_words(url: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot listen"), running(WORLD, port=urlsplit(url).port or 0):
        pass


def test_two_worlds_run_side_by_side(url: str) -> None:
    with running(World(platforms=["taobao"], carriers=[], shops_per_platform=1)) as other:
        assert len(httpx.get(f"{other}/_sandbox/shops").json()) == 1
        assert len(httpx.get(f"{url}/_sandbox/shops").json()) == 2


def test_only_the_server_module_imports_server_libraries_and_nobody_the_connectors() -> None:
    code = (
        "import sys, orderhub.sandbox, orderhub.sandbox.platforms.taobao;"
        "orderhub.sandbox.World(platforms=['taobao'], carriers=[]);"
        "bad = [m for m in sys.modules if m.split('.')[0] in ('starlette', 'uvicorn', 'httpx', 'pydantic')"
        " or m.startswith(('orderhub.connectors', 'orderhub.kit', 'orderhub.models', 'orderhub.drivers',"
        " 'orderhub.logistics'))]; print(bad)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_replies_are_not_delayed_by_the_kernel(client: httpx.Client) -> None:
    """Fifty small replies one after another; with Nagle's delay each would take 40 ms, the quickest too."""
    client.get("/_sandbox/clock")
    took = []
    for _ in range(50):
        before = time.monotonic()
        client.get("/_sandbox/clock").raise_for_status()
        took.append(time.monotonic() - before)
    assert sorted(took)[10] < 0.03, "even the quick ones wait, which no busy machine explains"
