"""The sandbox's console in a real browser: what a person does there is done, and what a buyer writes stays text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from devtools import Tab

import orderhub
from orderhub.errors import OrderHubError
from orderhub.hub.canonical import canonical
from orderhub.sandbox import World
from orderhub.sandbox.server import running

pytestmark = pytest.mark.timeout(300)
CHOSEN_IN_SIGHT = """(({left, right}) => left >= 0 && right <= innerWidth)(
    document.querySelector("#tabs [aria-current]").getBoundingClientRect())"""
NASTY = "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 2'>"


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=8, platforms=["taobao", "shopify"], carriers=["sf"], orders=2, canonical=canonical)


@pytest.fixture(scope="module")
def url(world: World) -> Iterator[str]:
    with running(world) as address:
        yield address


@pytest.fixture
def page(tab: Tab, url: str) -> Iterator[Tab]:
    """The console in English; whatever it did, it complained of nothing and asked nobody else."""
    tab.size(1280)
    tab.open(f"{url}/")
    tab.until("document.body.dataset.ready")
    yield tab
    assert tab.problems == []
    asked = {
        urlsplit(address) for address in tab.requests if not address.startswith("data:")
    }  # the browser's own arrows
    assert {address.netloc for address in asked} == {urlsplit(url).netloc}


def control(world: World, path: str) -> Any:
    status, value = world.control("GET", f"/_sandbox{path}")
    assert status == 200
    return value


def wait(page: Tab, script: str) -> None:
    """Until it is so."""
    page.until(f"!!({script})")


LATE = """(send => { let late = true; window.fetch = async (path, asked) => {
    const answer = await send(path, asked);
    if (late && asked?.method === 'POST' && path.endsWith('/clock')) {
        late = false;
        await new Promise(done => setTimeout(done, 400));
    }
    return answer;
} })(window.fetch)"""
"""The answer to the next change of the clock comes after that to the change behind it."""


def go(page: Tab, where: str) -> None:
    page.run(f"location.hash = '#/{where}'")
    page.until(f"[...document.querySelectorAll('nav a')].some(a => a.getAttribute('aria-current') && "
               f"a.hash === '#/{where.split('/')[0]}')")  # fmt: skip


def test_an_order_is_made_sent_and_seen_from_both_sides(page: Tab, world: World) -> None:
    shop = world.shops()[0]
    wait(page, "document.querySelectorAll('[data-shop]').length === 5")
    assert shop["app_secret"] in page.text("[data-shop='taobao:tb-1']")
    go(page, "orders/taobao")
    before = {row["order_id"] for row in control(world, "/taobao/orders")}
    page.click("#make > summary")
    page.fill("#make-shop", "tb-2")
    page.click("#make-now")
    wait(page, "document.querySelector('#order-id') && document.querySelector('#canonical .summary')")
    [made] = {row["order_id"] for row in control(world, "/taobao/orders")} - before
    assert page.text("#order-id") == made
    assert "awaiting shipment" in page.text("#canonical .summary")
    assert "WAIT_SELLER_SEND_GOODS" in page.text("#native")
    page.click("[data-action='ship']")
    wait(page, "document.querySelector('#native').innerText.includes('WAIT_BUYER_CONFIRM_GOODS')")
    assert control(world, f"/taobao/orders/{made}")["status"] == "WAIT_BUYER_CONFIRM_GOODS"
    wait(page, "document.querySelector('#canonical .badge.shipped')")
    wait(page, f"document.querySelector(\"[data-order='{made}'] .badge.shipped\")")
    page.click("[data-action='pay']")  # which is over: told in words, with what to do
    wait(page, "document.querySelector('.toast.bad')")
    page.problems.clear()  # the browser notes the refusal's status


def test_a_buyers_note_stays_text_and_changes_are_seen_at_once(page: Tab, world: World) -> None:
    [row, *_] = control(world, "/taobao/recent")["rows"]
    order_id = row["order_id"]
    fields = {"fields": {"buyer_message": NASTY, "receiver_name": NASTY}}
    assert world.control("PATCH", f"/_sandbox/taobao/orders/{order_id}", {}, fields)[0] == 200
    go(page, f"orders/taobao/{order_id}")
    wait(page, "document.querySelector('#canonical .summary')")
    assert NASTY in page.text("#canonical .summary") and "<script>" in page.text("#native")
    assert page.run("window.pwned ?? null") is None
    assert page.run("document.querySelectorAll('main img, main script').length") == 0
    orderhub.connect(**next(one for one in world.shops() if one["shop_id"] == row["shop_id"])).get_order(order_id)
    fields = {"fields": {"seller_memo": "gift"}}
    world.control("PATCH", f"/_sandbox/taobao/orders/{order_id}", {}, fields)
    httpx.get(f"{world.base_url}/router/rest", params={"method": "taobao.time.get"})  # any request of the platform
    wait(page, "document.querySelector('#native').innerText.includes('gift')")


def test_faults_clock_stock_and_switches_obey(page: Tab, world: World) -> None:
    go(page, "faults")
    page.fill("#fault-platform", "taobao")
    page.fill("#fault", "http_503")
    page.fill("#fault-times", "2")
    page.click("#arm")
    page.click("[data-fault='http_503'] .disarm")
    page.until("!document.querySelector('[data-fault]')")
    assert control(world, "/faults") == []
    page.click("#arm")
    wait(page, "document.querySelector('[data-fault]')")
    [armed] = control(world, "/faults")
    assert (armed["platform"], armed["fault"], armed["times"]) == ("taobao", "http_503", 2)
    page.click("#disarm-all")
    page.until("!document.querySelector('[data-fault]')")
    before = world.now()
    page.run(LATE)
    page.click("[data-advance='86400']")
    page.click("#freeze")
    wait(page, "document.querySelector('#freeze').getAttribute('aria-pressed') === 'true'")
    page.run("new Promise(done => setTimeout(done, 600))")
    assert page.run("document.querySelector('#freeze').getAttribute('aria-pressed')") == "true", "an older answer won"
    assert world.clock.frozen and 86400 <= (world.now() - before).total_seconds() < 86400 + 300
    assert page.text("#now").startswith(f"{world.now():%Y-%m-%d %H:%M:%S}")
    page.click("#freeze")
    go(page, "stock")
    page.click("[data-stock='tb-1:SKU-0002']")
    page.fill("#stock input", "7")
    page.run("document.querySelector('#stock input').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'}))")
    wait(page, "document.querySelector(\"[data-stock='tb-1:SKU-0002']\")?.innerText === '7'")
    quantities = {row["quantity"] for row in control(world, "/taobao/stock")
                  if row["shop_id"] == "tb-1" and row["outer_id"] == "SKU-0002"}  # fmt: skip
    assert quantities == {7}
    go(page, "switches/taobao")
    page.fill("[data-switch='waybill_again']", "same")
    wait(page, "document.querySelector('dl.switches small')")
    assert control(world, "/switches")["taobao"]["waybill_again"]["value"] == "same"
    page.click("#reset")
    page.click("#reset-now")
    page.until("!document.querySelector('dl.switches small')")
    assert control(world, "/switches")["taobao"]["waybill_again"]["value"] == "fresh"


def test_a_wrong_signature_is_explained_while_one_looks(page: Tab, world: World) -> None:
    go(page, "log")
    wait(page, "document.querySelector('#log')")
    entry = {**world.shops()[0], "app_secret": "sandbox-another"}
    with pytest.raises(OrderHubError):
        orderhub.connect(**entry).get_order("1")
    page.click("#log .entry.bad summary")
    wait(page, "document.querySelector('.signature')")
    told, [line, *_] = page.text(".signature"), world.log(5)
    assert line["signature"]["expected"] in told and line["signature"]["given"] in told
    assert "app_key" in told and "the secret differs" in told


def test_it_is_readable_on_a_phone_in_chinese_and_by_keyboard(page: Tab, world: World) -> None:
    seen = set()
    for _ in range(12):
        for kind in ("rawKeyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        seen.add(page.run("document.activeElement.id || document.activeElement.hash || document.activeElement.tagName"))
    assert {"skip", "#/orders", "language", "freeze"} <= seen
    page.click("#language")
    wait(page, "document.documentElement.lang === 'zh-CN'")
    page.size(390, 844, phone=True)
    [row, *_] = control(world, "/shopify/recent")["rows"]
    for view in ("shops", "orders/shopify", f"orders/shopify/{row['order_id']}", "stock", "faults", "switches", "log"):
        go(page, view)
        wait(page, "document.querySelector('main h1')")
        assert page.too_wide() == [], view
        wait(page, CHOSEN_IN_SIGHT)
    for view, word in (("orders", "订单"), ("faults", "布设")):
        go(page, view)
        wait(page, f"document.querySelector('main').innerText.includes({json.dumps(word)})")
    go(page, "orders/shopify")
    page.fill("#find", str(row["order_id"]))
    wait(page, "document.querySelectorAll('[data-order]').length === 1")
    page.run("document.querySelector('[data-order]').focus()")
    page.click("[data-order]")
    wait(page, "document.querySelector('#order-id')")
    assert page.run("document.querySelector('#find').value") == str(row["order_id"])
    page.run("document.querySelector('[data-advance=\"60\"]').focus()")
    before = page.text("#now")[:16]
    page.click("[data-advance='60']")
    wait(page, f"!document.querySelector('#now').innerText.startsWith({json.dumps(before)})")
    assert page.run("document.activeElement.dataset.advance") == "60"
