"""Trouble on the wire: throttling, lapsed tokens, broken replies, wrong secrets. Imports `conformance.bench`."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from orderhub.errors import AuthError, DecodeError, OrderHubError, TransportError
from orderhub.models import Token
from orderhub.sandbox import World
from orderhub.testing.conformance.bench import Bench, Unfit, awaited

__all__: list[str] = []

BROKEN = ("bad_json", "truncated", "html_page", "wrong_charset", "gzip_bomb", "http_500", "http_503", "reset",
          "timeout_before", "connect_failed")  # fmt: skip


class _CountingTokens:
    """A token store that counts what is put into it."""

    def __init__(self) -> None:
        self.puts, self._kept = 0, dict[str, tuple[Token, int]]()

    def get_token(self, shop_key: str) -> tuple[Token, int] | None:
        return self._kept.get(shop_key)

    def put_token(self, shop_key: str, token: Token, version: int) -> int:
        self.puts += 1
        self._kept[shop_key] = (token, version + 1)
        return version + 1


def _one(bench: Bench) -> tuple[World, str]:
    world = bench.world(orders=6, awkward=False)
    return world, next(iter(bench.truth(world)))


def throttled_calls_wait(bench: Bench) -> None:
    """ "Too many calls" is waited out and the read is complete; the platform is not hammered meanwhile."""
    world, order_id = _one(bench)
    bench.arm(world, "call_limited", times=1, delay_s=3)
    before = world.now()
    assert bench.shop(world).get_order(order_id).order_id == order_id
    refused = [row for row in world.log(1000) if row["fault"] == "call_limited"]
    assert len(refused) == 1
    assert world.now() - before >= timedelta(seconds=0.5), "the call was repeated without waiting"


def lapsed_token_is_refreshed_once(bench: Bench) -> None:
    """The access token lapses: refreshed once, and the read goes on."""
    bench.need("get_order")
    if getattr(bench.connector.operations, "refresh_token", None) is None:
        raise Unfit("the platform has no token to refresh")
    world, order_id = _one(bench)
    tokens = _CountingTokens()
    shop = bench.shop(world, tokens=tokens)
    shop.get_order(order_id)
    tokens.puts = 0
    bench.arm(world, "token_expired", times=1)
    assert shop.get_order(order_id).order_id == order_id
    assert tokens.puts == 1, f"{tokens.puts} refreshes for one lapsed token"


def many_askers_one_refresh(bench: Bench) -> None:
    """Twenty reads at once meet a lapsed token: one refresh for all."""
    if getattr(bench.connector.operations, "refresh_token", None) is None:
        raise Unfit("the platform has no token to refresh")
    world, order_id = _one(bench)
    tokens = _CountingTokens()

    async def play() -> None:
        shop = bench.async_shop(world, tokens=tokens)
        await shop.get_order(order_id)
        tokens.puts = 0
        bench.arm(world, "token_expired", times=1)
        found = await asyncio.gather(*(shop.get_order(order_id) for _ in range(20)))
        assert {order.order_id for order in found} == {order_id}

    awaited(play)
    assert tokens.puts == 1, f"{tokens.puts} refreshes for one lapsed token"


def wrong_credentials_are_named(bench: Bench) -> None:
    """A wrong secret or token is an `AuthError`, at once and with the platform's name."""
    world, order_id = _one(bench)
    entry = world.shops()[0]
    wrong: list[tuple[str, dict[str, Any]]] = [("app_secret", {"app_secret": "sandbox-wrong-secret"})]
    if entry.get("access_token") and not bench.connector.spec.token_from_app:  # there a fresh one mends it
        wrong.append(("access_token", {"access_token": "sandbox-wrong-token", "refresh_token": None}))
    for name, given in wrong:
        if name == "app_secret":  # where the secret signs nothing, it still guards the token endpoint
            given |= {"access_token": None} if not _signs(bench, world, order_id) else {}
        try:
            bench.shop(world, **given).get_order(order_id)
        except AuthError as error:
            assert error.platform == bench.name, "the error does not name the platform"
        else:
            raise AssertionError(f"a wrong {name} was accepted")


def _signs(bench: Bench, world: World, order_id: str) -> bool:
    """Whether a wrong secret is noticed while the access token is good."""
    try:
        bench.shop(world, app_secret="sandbox-wrong-secret", refresh_token=None).get_order(order_id)  # noqa: S106
    except AuthError:
        return True
    return False


def broken_replies_are_typed(bench: Bench) -> None:
    """Broken once: read all the same, or a typed error. Broken always: a typed error that names the operation."""
    for fault in BROKEN:
        for times in (1, 60):
            world, order_id = _one(bench)
            shop = bench.shop(world)
            shop.get_order(order_id)
            bench.arm(world, fault, times=times)
            try:
                found = shop.get_order(order_id)
            except OrderHubError as error:
                assert error.operation or isinstance(error, TransportError), f"{fault}: {error!r} names no operation"
            else:
                assert found.order_id == order_id
                if times > 1 and fault not in ("wrong_charset",):
                    raise AssertionError(f"{fault} on every reply, and yet an order was read")


def broken_pages_end_nothing(bench: Bench) -> None:
    """A page that fails is an error or is read again, never an end of the list."""
    for fault in ("http_503", "bad_json", "html_page", "truncated", "timeout_before"):
        world = bench.world(orders=8, awkward=False)
        shop = bench.shop(world)
        expected = {order.order_id for order in bench.orders(shop, world)}
        bench.arm(world, fault, times=1)
        try:
            seen = {order.order_id for order in bench.orders(bench.shop(world), world)}
        except (DecodeError, OrderHubError):
            continue
        assert seen == expected, f"{fault}: {len(expected - seen)} orders silently missing"


def skewed_clock_is_learnt(bench: Bench) -> None:
    """The platform's clock is a quarter of an hour ahead: the offset is learnt, or the error says so."""
    world, order_id = _one(bench)
    bench.arm(world, "clock_skew", times=None, delay_s=900)
    try:
        assert bench.shop(world).get_order(order_id).order_id == order_id
    except AuthError as error:
        raise AssertionError(f"a skewed clock stopped the shop: {error}") from error
