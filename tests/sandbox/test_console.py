"""The console's endpoints: for browsers only, closed to pages of others, honest about signatures, complete in its words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

import orderhub
from orderhub.errors import OrderHubError
from orderhub.flow.message import Request
from orderhub.hub.canonical import canonical
from orderhub.models import AftersaleStatus, FulfilmentStatus, Hold, OrderStatus, PaymentStatus
from orderhub.sandbox import World
from orderhub.sandbox.console.guard import refusal
from orderhub.sandbox.faults import FAULTS
from orderhub.sandbox.server import create_app, running

ASSETS = {file.name: file.read_text("utf-8") for file in files("orderhub.sandbox.console").joinpath("assets").iterdir()}
WORDS: dict[str, dict[str, str]] = json.loads(ASSETS["words.json"])
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SIGNING = ("taobao", "jd", "pinduoduo", "suning", "kuaishou", "douyin", "shopee", "lazada", "xiaohongshu")
"""Platforms whose calls are signed over what is sent and nothing random."""


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=5, orders=1, carriers=["sf"], canonical=canonical)


@pytest.fixture(scope="module")
def url(world: World) -> Iterator[str]:
    with running(world) as address:
        yield address


@pytest.fixture(scope="module")
def web(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers={"accept": "*/*"}) as client:
        yield client


def ask(world: World, path: str, **query: object) -> Any:
    status, value = world.control("GET", f"/_sandbox{path}", {name: str(told) for name, told in query.items()})
    assert status == 200, value
    return value


# --- the page ------------------------------------------------------------------------------------------------------------


def test_a_browser_gets_the_page_and_nobody_else_is_disturbed(web: httpx.Client) -> None:
    page = web.get("/", headers=BROWSER)
    assert page.status_code == 200 and "<!doctype html>" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    for method, headers in (("GET", {}), ("POST", BROWSER), ("GET", {"accept": "application/json"})):
        assert web.request(method, "/", headers=headers).status_code == 404
    assert web.get("/_sandbox/console/", headers=BROWSER).text == page.text
    assert web.get("/_sandbox/console/../world.py").status_code == 404
    assert web.get("/_sandbox/console/..%2Froutes.py").status_code == 404


def test_the_page_needs_its_own_files_only(web: httpx.Client) -> None:
    for name, text in ASSETS.items():
        named = set(re.findall(r"/_sandbox/console/([\w.]+)", text)) | set(re.findall(r'from "\./([\w.]+)"', text))
        assert named <= set(ASSETS), name
        foreign = set(re.findall(r"https?://[^\s\"'`<]+", text)) - {"http://www.w3.org/2000/svg"}
        assert not foreign, name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), name
        assert web.get(f"/_sandbox/console/{name}").text == text


def test_every_word_is_there_in_two_languages(world: World) -> None:
    for key, told in WORDS.items():
        assert set(told) == ({"zh"} if key.startswith("fault.") else {"en", "zh"}), key
        assert re.findall(r"\{\w+\}", told.get("en", told["zh"])) == re.findall(r"\{\w+\}", told["zh"]), key
    scripts = "".join(text for name, text in ASSETS.items() if name.endswith(".js"))
    assert set(re.findall(r'\bt\("([\w.]+)"', scripts)) <= set(WORDS)
    offers = ask(world, "/catalogue")["platforms"]
    spoken = {f"action.{action}" for offer in offers for action in offer["actions"]}
    spoken |= {f"platform.{name}" for name in world.emulators} | {f"fault.{name}" for name in FAULTS}
    vocabularies = (("status", OrderStatus), ("payment", PaymentStatus), ("fulfilment", FulfilmentStatus),
                    ("aftersale", AftersaleStatus), ("hold", Hold))  # fmt: skip
    spoken |= {f"{group}.{word.value}" for group, words in vocabularies for word in words if word.value != "none"}
    assert spoken <= set(WORDS)


# --- who may call --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Caller:
    """Headers of a request and whether the control API serves it."""

    headers: dict[str, str]
    served: bool
    method: str = "POST"


CALLERS = {
    "a program": Caller({"host": "127.0.0.1:8700"}, True),
    "a program on another machine": Caller({"host": "192.168.1.7:8700"}, True),
    "IPv6": Caller({"host": "[::1]:8700"}, True),
    "localhost": Caller({"host": "LocalHost:8700"}, True),
    "no host at all": Caller({}, True),
    "a name that was allowed": Caller({"host": "sandbox.test:8700"}, True),
    "the console itself": Caller({"host": "127.0.0.1:8700", "origin": "http://127.0.0.1:8700",
                                  "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, True),
    "a typed address": Caller({"host": "localhost:8700", "sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, True, "GET"),
    "a link in somebody's page": Caller({"host": "localhost:8700", "sec-fetch-site": "cross-site",
                                         "sec-fetch-mode": "navigate"}, True, "GET"),
    "a rebound name": Caller({"host": "evil.example:8700"}, False, "GET"),
    "a rebound name that ends well": Caller({"host": "localhost.evil.example"}, False),
    "a rebound name with a dot": Caller({"host": "evil.example."}, False),
    "a page of elsewhere": Caller({"host": "127.0.0.1:8700", "origin": "https://evil.example"}, False),
    "a page of another port": Caller({"host": "127.0.0.1:8700", "origin": "http://127.0.0.1:3000"}, False),
    "a file or a sandboxed frame": Caller({"host": "127.0.0.1:8700", "origin": "null"}, False),
    "a script tag": Caller({"host": "127.0.0.1:8700", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, False, "GET"),
    "a form of elsewhere": Caller({"host": "127.0.0.1:8700", "sec-fetch-site": "cross-site",
                                   "sec-fetch-mode": "navigate"}, False),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLERS)
def test_who_may_use_the_control_api(name: str) -> None:
    caller = CALLERS[name]
    refused = refusal(caller.headers, caller.method, frozenset({"sandbox.test"}))
    assert (refused is None) == caller.served
    assert refused is None or (refused[0] in (403, 421) and refused[1]["error"] and refused[1]["do"])


def test_over_the_socket_control_is_closed_to_others_and_platforms_stay_open(world: World, web: httpx.Client) -> None:
    evil = {"host": "evil.example"}
    before = world.now()
    for path in ("/_sandbox/clock", "/%5Fsandbox/clock"):
        for headers in (evil, {"origin": "https://evil.example"}):
            told = web.post(path, json={"advance_s": 86400}, headers=headers)
            assert told.status_code in (403, 421) and told.json()["do"]
    assert (world.now() - before).total_seconds() < 3600
    taobao = web.post("/router/rest", data={"method": "taobao.time.get"}, headers=evil)
    assert taobao.status_code == 200 and "error_response" in taobao.text
    assert web.get("/_sandbox/shops").headers["x-content-type-options"] == "nosniff"
    in_process = world.handle(Request("GET", "http://any.name/_sandbox/clock"))
    assert in_process.status == 200


async def test_names_are_allowed_at_the_start(world: World) -> None:
    for host, status in (("sandbox.test", 200), ("other.test", 421)):
        transport = httpx.ASGITransport(create_app(world, ["Sandbox.Test"]))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            assert (await client.get("/_sandbox/clock")).status_code == status


# --- what it asks --------------------------------------------------------------------------------------------------------


def test_the_canonical_view_is_what_the_shop_reads_itself(world: World) -> None:
    """On every platform, over its whole protocol."""
    seen = set()
    for entry in world.shops():
        if entry["platform"] in seen:
            continue
        seen.add(entry["platform"])
        [row, *_] = ask(world, f"/{entry['platform']}/recent", shop_id=entry["shop_id"])["rows"]
        view = ask(world, f"/{entry['platform']}/orders/{row['order_id']}/canonical")
        [told] = view["orders"]
        wire = {"wire": "orders_v0"} if entry["platform"] == "amazon" else {}  # as the native truth is written
        shop = orderhub.connect(**entry, **wire, transport=world.transport(), clock=world.clock)
        read = shop.get_order(str(row["order_id"])).dump()
        for field in ("key", "status", "payment_status", "currency", "total", "items_total", "created_at", "holds"):
            assert told[field] == read[field], (entry["platform"], field)
        assert [line["sku"] for line in told["lines"]] == [line["sku"] for line in read["lines"]], entry["platform"]
        assert row["status"] == told["status"] and "_sandbox" not in told["extra"]
    assert seen == set(world.platforms) and len(seen) >= 14


def test_without_connectors_the_native_truth_stays() -> None:
    world = World(platforms=["taobao"], carriers=[], orders=1)
    [row, *_] = ask(world, "/taobao/recent")["rows"]
    assert "status" not in row and ask(world, "/catalogue")["canonical"] is False
    status, told = world.control("GET", f"/_sandbox/taobao/orders/{row['order_id']}/canonical")
    assert status == 404 and "orderhub sandbox" in told["do"]

    def broken(account: object, document: bytes) -> dict[str, Any]:
        raise OrderHubError("no such connector")

    world.canonical = broken
    status, told = world.control("GET", f"/_sandbox/taobao/orders/{row['order_id']}/canonical")
    assert status == 422 and "no such connector" in told["error"]
    assert len(ask(world, "/taobao/recent")["rows"]) == 2


def test_pages_of_recent_orders_are_the_orders_once_each() -> None:
    world = World(platforms=["jd"], carriers=[], orders=7, awkward=True)
    every = {row["order_id"] for row in ask(world, "/jd/orders")}
    pages = [ask(world, "/jd/recent", skip=skip, limit=5) for skip in range(0, len(every) + 5, 5)]
    rows = [row for page in pages for row in page["rows"]]
    assert len(rows) == len(every) and {row["order_id"] for row in rows} == every
    assert {page["total"] for page in pages} == {len(every)}
    assert [row["modified"] for row in rows] == sorted((row["modified"] for row in rows), reverse=True)
    wanted = rows[3]["order_id"]
    assert [row["order_id"] for row in ask(world, "/jd/recent", find=wanted)["rows"]] == [wanted]
    assert {row["shop_id"] for row in ask(world, "/jd/recent", shop_id="jd-2", limit=200)["rows"]} == {"jd-2"}
    assert world.control("GET", "/_sandbox/jd/recent", {"limit": "-1"})[0] == 400
    assert world.control("GET", "/_sandbox/nobody/recent")[0] == 404


@pytest.mark.parametrize("platform", SIGNING)
def test_the_expected_signature_is_what_the_right_secret_gives(world: World, platform: str) -> None:
    """The same call at the same instant, once with each secret."""
    entry = next(one for one in world.shops() if one["platform"] == platform)
    secret = "sign_secret" if "sign_secret" in entry else "app_secret"
    wrong = {**entry, secret: "sandbox-not-the-secret"}
    order_id = str(ask(world, f"/{platform}/recent", shop_id=entry["shop_id"])["rows"][0]["order_id"])
    status, _ = world.control("POST", "/_sandbox/clock", {}, {"freeze": True})
    assert status == 200
    for given in (wrong, entry):
        shop = orderhub.connect(**given, transport=world.transport(), clock=world.clock)
        last = world.log(1)[0]["n"] if world.log(1) else 0
        if given is wrong:
            with pytest.raises(OrderHubError):
                shop.get_order(order_id)
            refused = world.log(5, last)[-1]
        else:
            shop.get_order(order_id)
            served = world.log(50, last)[-1]
    world.control("POST", "/_sandbox/clock", {}, {"freeze": False})
    bad, good = refused["signature"], served["signature"]
    assert bad["text"] == good["text"] and bad["rule"] == good["rule"]
    assert bad["expected"] == good["expected"] == good["given"] != bad["given"]
    assert refused["verdict"] != "ok" and served["verdict"] == "ok"
    if platform != "kuaishou":  # signs over what only the sign secret completes
        assert entry["app_secret"] not in good["text"]


def test_a_carriers_signature_is_told_too(world: World) -> None:
    account = next(one for one in world.carrier_accounts() if one["carrier"] == "sf")
    form = {"partnerID": account["partner_id"], "requestID": "1", "serviceCode": "EXP_RECE_SEARCH_ROUTES",
            "timestamp": str(int(world.now().timestamp() * 1000)), "msgData": "{}", "msgDigest": "wrong"}  # fmt: skip
    body, kind = urlencode(form).encode(), {"content-type": "application/x-www-form-urlencoded"}
    world.handle(Request("POST", f"{account['base_url']}/std/service", kind, body))
    told = next(entry for entry in world.log(10) if entry["platform"] == "sf")["signature"]
    assert account["checkword"] in told["text"] and told["expected"] != told["given"]


def test_the_log_is_read_on_from_a_number(world: World) -> None:
    mark = world.log(1)[0]["n"]
    for _ in range(3):
        world.handle(Request("GET", "http://sandbox.local/nowhere"))
    fresh = ask(world, "/log", after=mark)
    assert [entry["n"] for entry in fresh] == [mark + 3, mark + 2, mark + 1]
    assert ask(world, "/log", after=mark + 3) == []
    assert world.control("GET", "/_sandbox/log", {"after": "x"})[0] == 400


def test_what_no_text_can_hold_is_logged_all_the_same(world: World, web: httpx.Client) -> None:
    """Half of a surrogate pair, which JSON can spell and UTF-8 cannot."""
    [entry, *_] = [one for one in world.shops() if one["platform"] == "xiaohongshu"]
    body = {
        "appId": entry["app_key"],
        "method": "order.getOrderList",
        "version": "2.0",
        "timestamp": "1",
        "sign": "\ud800",
    }
    body["timestamp"] = str(int(world.now().timestamp()))
    web.post(entry["token_url"], content=json.dumps(body), headers={"content-type": "application/json"})
    told = web.get("/_sandbox/log", params={"limit": 1})
    assert told.status_code == 200 and told.json()[0]["signature"]["given"] == "\ud800"


def test_faults_are_disarmed_where_they_were_armed() -> None:
    world = World(platforms=["taobao", "jd"], carriers=[])
    for platform in ("taobao", "jd"):
        world.control("POST", "/_sandbox/faults", {}, {"fault": "http_500", "platform": platform})
    assert world.control("DELETE", "/_sandbox/faults", {"fault": "http_500", "platform": "jd"}) == (
        200,
        {"disarmed": 1},
    )
    assert [rule["platform"] for rule in ask(world, "/faults")] == ["taobao"]
