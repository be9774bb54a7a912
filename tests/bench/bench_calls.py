"""Reading one order: every connector against the bare client that sends the same bytes, sync and async.

What a connector asks and what the sandbox answers is recorded once in process; a server in a process of its own then
gives those very replies and does nothing else, so that both sides meet the same. Ours signs, sends, checks and decodes
into a canonical order; the control sends the recorded bytes over the bare httpx client and parses the JSON. What it
costs to decode the recorded replies alone is measured in the same rounds: `call` is the ratio without it, which is the
work of calling (`decode` is a job of its own), `ratio` the whole. Both keep their connections; calls alternate in
blocks. `async 16` has 16 calls under way; connectors whose order takes several calls to one address are left out
there, since the server could not tell whose turn it is.
Run: `python tests/bench/bench_calls.py [calls] [rounds] [platform ...]`.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import httpx

import orderhub
from orderhub.flow.message import Reply, Request
from orderhub.kit.json import loads
from orderhub.kit.spec import ShopConfig
from orderhub.plugins import find
from orderhub.sandbox import World
from orderhub.sandbox.platforms import PLATFORMS

SERVER = r"""
import asyncio, base64, json, sys
from itertools import cycle
replies = {}
for method, path, status, headers, body in json.loads(sys.stdin.readline()):
    body = base64.b64decode(body)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    whole = f"HTTP/1.1 {status} OK\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body
    replies.setdefault((method, path), []).append(whole)
replies = {key: cycle(found).__next__ for key, found in replies.items()}
async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            line, _, rest = head.partition(b"\r\n")
            method, target, _ = line.decode().split(" ")
            low = rest.lower()
            at = low.find(b"content-length:")
            if at >= 0:
                length = int(low[at + 15 : low.index(b"\r\n", at)])
                if length:
                    await reader.readexactly(length)
            writer.write(replies[method, target.partition("?")[0]]())
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
Recorded = list[tuple[Request, Reply]]


class Tape:
    """A transport that keeps what passes through it."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.kept = inner, Recorded()

    def send(self, request: Request) -> Reply:
        reply: Reply = self.inner.send(request)
        self.kept.append((request, reply))
        return reply

    def close(self) -> None:
        self.inner.close()


class Hand:
    """The sandbox's clock as a shop's: waiting moves it."""

    def __init__(self, world: World) -> None:
        self.now, self.sleep = world.now, world.advance


def recorded(platform: str) -> tuple[dict[str, Any], str, bytes, Recorded]:
    """Connection data, an order's id and document, and the exchanges of reading that order a second time."""
    world = World(seed=7, platforms=[platform], carriers=[], shops_per_platform=1, orders=4, limits=False)
    entry, tape = world.shops()[0], Tape(world.transport())
    shop = orderhub.connect(**entry, transport=tape, clock=Hand(world), rates={"*": 0})
    order_id = next(iter(shop.orders(updated_since=world.now() - timedelta(days=40)))).order_id
    shop.get_order(order_id)
    tape.kept.clear()
    raw = shop.get_order(order_id).raw
    assert raw is not None
    return entry, order_id, raw, tape.kept


@contextmanager
def serving(kept: Recorded) -> Iterator[str]:
    """The address of a server that gives the recorded replies."""
    rows = [
        (request.method, urlsplit(request.url).path, reply.status,
         {name: value for name, value in reply.headers.items() if name.lower() not in ("content-length", "date")},
         base64.b64encode(reply.body).decode())
        for request, reply in kept
    ]  # fmt: skip
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None and server.stdout is not None
    server.stdin.write(json.dumps(rows) + "\n")
    server.stdin.flush()
    try:
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def aimed(kept: Recorded, base: str) -> list[tuple[str, str, dict[str, str], bytes | None]]:
    """The recorded requests, sent to our server."""
    found = []
    for request, _ in kept:
        url = urlsplit(request.url)
        query = f"?{url.query}" if url.query else ""
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        found.append((request.method, f"{base}{url.path}{query}", headers, request.body or None))
    return found


def parsed(response: httpx.Response) -> None:
    with suppress(ValueError):
        response.json()


def timed(act: Callable[[], Any], calls: int) -> float:
    start = perf_counter()
    for _ in range(calls):
        act()
    return (perf_counter() - start) / calls


async def timed_async(act: Callable[[], Awaitable[Any]], calls: int, width: int) -> float:
    """Seconds a call while `width` are under way."""
    todo = iter(range(calls))

    async def worker() -> None:
        for _ in todo:
            await act()

    start = perf_counter()
    await asyncio.gather(*(worker() for _ in range(width)))
    return (perf_counter() - start) / calls


def told(platform: str, way: str, rounds: list[tuple[float, float, float]]) -> float:
    """One line; answers the median ratio of the work of calling."""
    ours, bare, decode = (median(row[at] for row in rounds) for at in range(3))
    whole, call = median(a / b for a, b, _ in rounds), median((a - c) / b for a, b, c in rounds)
    print(
        f"{platform:12} {way:9} {ours * 1e3:7.3f} ms ours, of it {decode * 1e3:.3f} ms decoding, {bare * 1e3:7.3f} ms bare "
        f"httpx; call {call:.3f}, ratio {whole:.3f}",
        flush=True,
    )
    return call


def decoding(platform: str, raw: bytes) -> Callable[[], None]:
    """Decodes the document as the connector does, without calling; parsing is both sides' work and is left out."""
    connector, document = find(platform), loads(raw)
    assert connector.decode is not None
    read, config = connector.decode, ShopConfig.of(connector.spec, "bench")
    assert read(document, config).items

    def act() -> None:
        read(document, config)

    return act


def opened(entry: dict[str, Any], base: str) -> dict[str, Any]:
    """How to connect to our server instead of the sandbox."""
    return {**entry, "base_url": base, "rates": {"*": 0}} | ({"token_url": base} if entry.get("token_url") else {})


def sync(
    platform: str,
    given: dict[str, Any],
    order_id: str,
    wire: list[Any],
    decode: Callable[[], None],
    calls: int,
    rounds: int,
) -> float:
    with httpx.Client(trust_env=False) as client:

        def bare() -> None:
            for method, url, headers, body in wire:
                parsed(client.request(method, url, headers=headers, content=body))

        shop = orderhub.connect(**given)
        shop.get_order(order_id)
        bare()
        act = lambda: shop.get_order(order_id)  # noqa: E731
        found = [(timed(act, calls), timed(bare, calls), timed(decode, calls)) for _ in range(rounds)]
        shop.close()
    return told(platform, "sync", found)


async def by_async(
    platform: str,
    given: dict[str, Any],
    order_id: str,
    wire: list[Any],
    decode: Callable[[], None],
    calls: int,
    rounds: int,
    width: int,
) -> float:
    async with httpx.AsyncClient(trust_env=False) as client:

        async def bare() -> None:
            for method, url, headers, body in wire:
                parsed(await client.request(method, url, headers=headers, content=body))

        shop = orderhub.connect_async(**given)
        act = lambda: shop.get_order(order_id)  # noqa: E731
        await act()
        await bare()
        found = [
            (await timed_async(act, calls, width), await timed_async(bare, calls, width), timed(decode, calls))
            for _ in range(rounds)
        ]
        await shop.close()
    return told(platform, f"async {width}", found)


def measure(platform: str, calls: int, rounds: int) -> dict[str, float]:
    """Ratios of one platform by way."""
    entry, order_id, raw, kept = recorded(platform)
    gc.collect()
    gc.freeze()
    with serving(kept) as base:
        given, wire, decode = opened(entry, base), aimed(kept, base), decoding(platform, raw)
        found = {"sync": sync(platform, given, order_id, wire, decode, calls, rounds)}
        places = [(request.method, urlsplit(request.url).path) for request, _ in kept]
        for width in (1, 16) if len(set(places)) == len(places) else (1,):
            found[f"async {width}"] = asyncio.run(
                by_async(platform, given, order_id, wire, decode, calls, rounds, width)
            )
    return found


def main(calls: int = 60, rounds: int = 5, *chosen: str) -> None:
    """Every marketplace, or those that are named."""
    ratios: dict[str, list[float]] = {}
    for name in chosen or sorted(PLATFORMS):
        for way, ratio in measure(name, calls, rounds).items():
            ratios.setdefault(way, []).append(ratio)
    for way, found in ratios.items():
        print(
            f"{way}: median call {median(found):.3f} of {len(found)} connectors, {min(found):.3f} to {max(found):.3f}"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])
