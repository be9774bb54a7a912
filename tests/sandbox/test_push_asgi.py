"""The ASGI app and the examples around it: each answer, both hubs, the message read after the answer."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import importlib.util
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

import orderhub
from orderhub.connectors.taobao import CONNECTOR
from orderhub.errors import PlatformUnavailable
from orderhub.hub.asgi import BODY_MAX, push_app
from orderhub.kit.convert import iso_time
from orderhub.kit.json import loads
from orderhub.kit.webhook import check_hmac
from orderhub.models import PushMessage
from orderhub.sandbox import World

EXAMPLES = Path(__file__).parents[2] / "examples"
SECRET = "hook secret"


class SignedMessages(CONNECTOR.operations):  # type: ignore[misc]
    """Taobao as if it called us: a signed body that names orders."""

    are_messages_signed = True

    def decode_message(self, headers: Mapping[str, str], body: bytes) -> Any:
        yield from ()
        check_hmac(body, headers.get("x-signature"), [SECRET])
        told = loads(body)
        return [PushMessage(told["id"], "changed", order_ids=tuple(told["orders"]), sent_at=iso_time(told["at"]))]


SIGNED = replace(CONNECTOR, operations=SignedMessages)


@pytest.fixture
def world() -> World:
    return World(seed=9, platforms=["taobao"], carriers=[], shops_per_platform=1, orders=2)


def arguments(world: World, transport: Any) -> dict[str, Any]:
    return {"shops": [{**world.shops()[0], "connector": SIGNED}], "clock": world.clock, "transport": transport}


def signed(body: bytes) -> dict[str, str]:
    return {"x-signature": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


def message(world: World, ident: str = "m1", shift_s: float = 0) -> tuple[bytes, str]:
    [row] = world.control("POST", "/_sandbox/taobao/orders", {}, {"count": 1})[1]
    at = world.now().timestamp() + shift_s
    from datetime import UTC, datetime

    told = {"id": ident, "orders": [row["order_id"]], "at": datetime.fromtimestamp(at, UTC).isoformat()}
    return json.dumps(told).encode(), row["order_id"]


def client_of(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://host")


async def with_hub(world: World, is_async: bool, act: Callable[[Any, Any], Any]) -> None:
    if is_async:
        async with orderhub.AsyncHub(**arguments(world, world.async_transport())) as hub:
            await act(hub, hub.orders)
    else:
        with orderhub.Hub(**arguments(world, world.transport())) as hub:

            async def orders() -> Any:
                return hub.orders()

            await act(hub, orders)


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_message_is_answered_then_read(world: World, is_async: bool) -> None:
    async def act(hub: Any, orders: Any) -> None:
        path = "/push/" + next(iter(hub.shops)).replace(":", "/")
        async with client_of(push_app(hub)) as client:
            body, order_id = message(world)
            first = await client.post(path, content=body, headers=signed(body))
            assert (first.status_code, first.json()["accepted"]) == (200, 1)
            assert [order.order_id for order in await orders()] == [order_id]
            again = await client.post(path, content=body, headers=signed(body))
            assert (again.status_code, again.json()["duplicates"]) == (200, 1)

    await with_hub(world, is_async, act)


async def test_every_other_answer(world: World) -> None:
    async def act(hub: Any, orders: Any) -> None:
        path = "/push/" + next(iter(hub.shops)).replace(":", "/")
        async with client_of(push_app(hub)) as client:

            async def status(body: bytes, where: str = path, **headers: str) -> int:
                return (await client.post(where, content=body, headers=signed(body) | headers)).status_code

            body, _ = message(world)
            assert await status(body, **{"x-signature": "00"}) == 401
            assert await status(message(world, shift_s=-400)[0]) == 401
            assert await status(b"nonsense") == 400
            assert await status(body, "/push/taobao/nobody") == 404
            assert await status(body, "/push/taobao") == 404
            assert (await client.get(path)).status_code == 405
            assert await status(b" " * (BODY_MAX + 1)) == 413
            put = hub.stores.put_outbox

            def full(*args: Any, **named: Any) -> None:
                raise PlatformUnavailable("as if the disk were full")

            hub.stores.put_outbox = full
            assert await status(body) == 503
            hub.stores.put_outbox = put
            assert await status(body) == 200 and len(await orders()) == 1

    await with_hub(world, True, act)


async def test_the_app_speaks_lifespan_and_leaves_other_protocols_alone(world: World) -> None:
    hub = orderhub.Hub(**arguments(world, world.transport()))
    app, told = push_app(hub), []
    events = iter(({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}))

    async def receive() -> Any:
        return next(events)

    async def send(event: Any) -> None:
        told.append(event["type"])

    await app({"type": "lifespan"}, receive, send)
    await app({"type": "websocket"}, receive, send)
    assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    hub.close()


def example(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


async def test_the_fastapi_example_takes_a_message(world: World) -> None:
    hub = orderhub.AsyncHub(**arguments(world, world.async_transport()))
    app = example("fastapi_push").create_app(hub)
    body, order_id = message(world)
    async with app.router.lifespan_context(app), client_of(app) as client:
        path = "/push/" + next(iter(hub.shops)).replace(":", "/")
        assert (await client.post(path, content=body, headers=signed(body))).status_code == 200
        assert [order.order_id for order in await hub.orders()] == [order_id]
        assert (await client.get("/shops")).json()[0]["orders"] == 1


async def test_the_django_example_takes_a_message(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    module = example("django_push")
    from django import setup
    from django.test import RequestFactory

    setup()
    with orderhub.Hub(**arguments(world, world.transport())) as hub:
        monkeypatch.setattr(module, "hub", lambda: hub)
        platform, shop_id = next(iter(hub.shops)).split(":")
        body, order_id = message(world)

        def post(data: bytes, **headers: str) -> Any:
            made = RequestFactory().post("/push", data, content_type="application/json", headers=signed(data) | headers)
            return module.push(made, platform, shop_id)

        assert post(body, **{"x-signature": "00"}).status_code == 401
        assert post(body).status_code == 200
        assert await asyncio.to_thread(hub.refetch)
        assert [order.order_id for order in hub.orders()] == [order_id]
