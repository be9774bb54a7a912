"""R8: fifty tasks whose token has expired; the platform refuses whatever an older token signs. One seed, one history."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from orderhub.drivers.aio import AsyncWorld
from orderhub.drivers.guard import HostGuard
from orderhub.drivers.services import CredentialBox, Services
from orderhub.errors import PlatformUnavailable, TokenExpired
from orderhub.flow.message import Reply, Request
from orderhub.flow.steps import Operation
from orderhub.kit.exchange import exchange
from orderhub.models.channel import Credentials, Token
from orderhub.testing.simulator.loop import run_seeded

BASE = datetime(2026, 3, 1, tzinfo=UTC)
HOST = "https://platform.example"
TASKS = 50


class LoopClock:
    """The loop's own virtual time as a clock; sleeping is the loop's."""

    def now(self) -> datetime:
        return BASE + timedelta(seconds=asyncio.get_running_loop().time())


class Platform:
    """Takes the newest access token and the newest refresh token only; remembers who came with what."""

    def __init__(self, seed: int, stumbles: bool) -> None:
        self.random, self.stumbles = random.Random(seed), 2 if stumbles else 0
        self.token, self.refreshed = 1, 0
        self.refused: list[tuple[float, int]] = []
        self.renewed_at: float | None = None
        self.served = 0

    async def send(self, request: Request) -> Reply:
        """The request travels, is judged on arrival, and the reply travels back."""
        await asyncio.sleep(self.random.random())
        reply = self._renew(request) if request.url.endswith("/token") else self._serve(request)
        await asyncio.sleep(self.random.random())
        return reply

    async def close(self) -> None:
        """Nothing to release."""

    def _renew(self, request: Request) -> Reply:
        if self.stumbles and self.random.random() < 0.5:
            self.stumbles -= 1
            return Reply(503, {}, b"busy")
        assert request.headers["token"] == f"r{self.token}", "a refresh token is used once"
        self.token, self.refreshed = self.token + 1, self.refreshed + 1
        return Reply(200, {}, b"%d" % self.token)

    def _serve(self, request: Request) -> Reply:
        sent_at, token = float(request.headers["sent"]), int(request.headers["token"])
        if token < self.token or token == 1:
            self.refused.append((sent_at, token))
            return Reply(401, {}, b"expired")
        self.served += 1
        return Reply(200, {}, b"ok")


def race(seed: int) -> Platform:
    """Fifty tasks begin within a second; every second history holds refreshes that fail at first."""
    platform = Platform(seed, stumbles=seed % 2 == 1)
    clock = LoopClock()
    token = Token("1", "r1", BASE + timedelta(hours=1 if seed % 3 else 0))
    box = CredentialBox(Credentials("key", "secret", token), "model:shop")

    def refresh(refresh_token: str) -> Operation[Token]:
        def opened(reply: Reply) -> Token:
            if reply.status == 503:
                raise PlatformUnavailable("busy")
            platform.renewed_at = asyncio.get_running_loop().time()
            number = reply.body.decode()
            return Token(number, f"r{number}", clock.now() + timedelta(hours=1))

        def build(credentials: Credentials, at: datetime) -> Request:
            return Request("POST", f"{HOST}/token", headers={"token": refresh_token})

        return (yield from exchange("token", build, opened, app=Credentials("key", "secret")))

    services = Services(HostGuard(["platform.example"]), box, refresh, clock=clock)
    world = AsyncWorld(services, platform)

    async def one() -> str:
        await asyncio.sleep(platform.random.random())
        return await world.run(exchange("read", _signed, _opened))

    async def main() -> list[Any]:
        return await asyncio.gather(*(one() for _ in range(TASKS)))

    assert run_seeded(seed, main) == ["ok"] * TASKS
    assert platform.refreshed == 1, f"{platform.refreshed} refreshes"
    late = [at for at, _ in platform.refused if platform.renewed_at is not None and at > platform.renewed_at]
    assert not late, f"{len(late)} calls with a revoked token after the refresh"
    return platform


def _signed(credentials: Credentials, at: datetime) -> Request:
    sent = f"{asyncio.get_running_loop().time():.6f}"
    return Request("GET", f"{HOST}/orders", headers={"token": credentials.access_token or "", "sent": sent})


def _opened(reply: Reply) -> str:
    if reply.status == 401:
        raise TokenExpired("expired")
    return reply.body.decode()
