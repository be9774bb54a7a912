"""A back end of one's own around a hub: orders, pull, ship, stock, push messages, as JSON with an OpenAPI page.

Run: `uvicorn --factory backend:from_environment` and open `/docs`. `ORDERHUB_CONFIG` names your `orderhub.toml` and
`BACKEND_TOKEN` the bearer token that every call has to carry; without them it plays on a sandbox, with the token
`practice`. Imports the public names of orderhub alone.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from orderhub import AsyncHub, OrderHubError, Outcome
from orderhub.errors import AuthError, ConfigurationError, InvalidParameter, NotFound, UnsupportedOperation
from orderhub.hub.asgi import push_app
from orderhub.orders.views import OrderPage, OrderView
from orderhub.ports import OrderQuery
from orderhub.testing.practice import opening_stock, practice_hub

STATUS: tuple[tuple[type[OrderHubError], int], ...] = (
    (NotFound, 404), (InvalidParameter, 422), (UnsupportedOperation, 422), (ConfigurationError, 422), (AuthError, 502),
)  # fmt: skip
"""Which HTTP status stands for which error; what may work later is 503, everything else 409."""
router = APIRouter()


class Result(BaseModel):
    """What became of one thing that was asked for."""

    key: str
    ok: bool
    reason: str | None = None
    message: str | None = None
    waybills: tuple[str, ...] = ()


class Keys(BaseModel):
    """Orders by key, `platform:shop_id:order_id`; `dry_run` only tells what would be done."""

    keys: tuple[str, ...] = Field(min_length=1, max_length=200)
    dry_run: bool = False


class Hold(BaseModel):
    """Why orders are kept back, and by whom."""

    keys: tuple[str, ...] = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=200)
    who: str = Field(min_length=1, max_length=60)


def hub_of(request: Request) -> AsyncHub:
    """The one hub of this process."""
    return request.app.state.hub  # type: ignore[no-any-return]


class Stranger(Exception):
    """A call without the token."""


async def known(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]
) -> None:
    """Whoever carries the token may call; it is compared in constant time."""
    if given is None or not secrets.compare_digest(given.credentials.encode(), request.app.state.token.encode()):
        raise Stranger


TheHub = Annotated[AsyncHub, Depends(hub_of)]


def result(outcome: Outcome[Any]) -> Result:
    """An outcome as JSON: messages of errors hold no secrets and no persons."""
    parcels = getattr(outcome.value, "parcels", ())
    waybills = tuple(parcel.waybill_no for parcel in parcels if parcel.waybill_no)
    message = str(outcome.error) if outcome.error else None
    return Result(key=outcome.key, ok=outcome.ok, reason=outcome.reason, message=message, waybills=waybills)


@router.get("/shops")
async def shops(hub: TheHub) -> list[dict[str, Any]]:
    """How each shop is doing: how far behind, how many orders, what went wrong last."""
    return [shop.to_dict() for shop in await hub.health()]


@router.post("/pull")
async def pull(
    hub: TheHub, request: Request, shop: Annotated[list[str] | None, Query()] = None
) -> list[dict[str, Any]]:
    """Pull what changed. One pull at a time: whoever comes meanwhile waits, and finds little left to do."""
    async with request.app.state.pulling:
        return [report.to_dict() for report in await hub.sync(shops=shop)]


@router.get("/orders")
async def orders(
    hub: TheHub,
    status: Annotated[list[str] | None, Query()] = None,
    platform: str | None = None,
    text: Annotated[str | None, Query(max_length=100)] = None,
    tag: str | None = None,
    after: str | None = None,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> OrderPage:
    """One page, newest first, persons masked. `text` is whatever somebody has at hand: a number, a name, a phone."""
    query = OrderQuery(status=tuple(status or ()), platform=platform, text=text, tag=tag, descending=True)
    return await hub.page(query, size=size, after=after)


@router.get("/orders/{key}")
async def order(hub: TheHub, key: str) -> OrderView:
    """One order with lines, parcels, cases and its timeline."""
    return await hub.view(key)


@router.get("/orders/{key}/findings")
async def findings(hub: TheHub, key: str) -> list[dict[str, Any]]:
    """What stands against shipping it."""
    return [finding.model_dump(mode="json") for finding in (await hub.audit([key]))[key]]


@router.post("/orders/fulfil")
async def fulfil(hub: TheHub, asked: Keys) -> list[Result]:
    """Take orders as far as they can go. Repeat it when a reply is lost: what is done is not done again."""
    return [result(outcome) for outcome in await hub.fulfil(asked.keys, dry_run=asked.dry_run)]


@router.post("/orders/hold")
async def hold(hub: TheHub, asked: Hold) -> list[Result]:
    """Keep orders back until somebody releases them."""
    return [result(outcome) for outcome in await hub.hold(asked.keys, reason=asked.reason, who=asked.who)]


@router.post("/orders/release")
async def release(hub: TheHub, asked: Keys, who: Annotated[str, Query(min_length=1)]) -> list[Result]:
    """Let orders go on."""
    return [result(outcome) for outcome in await hub.release(asked.keys, who=who, dry_run=asked.dry_run)]


@router.post("/orders/{key}/cancel")
async def cancel(hub: TheHub, key: str, who: Annotated[str, Query(min_length=1)]) -> Result:
    """Void its waybills and free its stock; refused once the platform was told."""
    return result(await hub.cancel(key, who=who))


@router.get("/stock/{sku}")
async def stock(hub: TheHub, sku: str) -> list[dict[str, Any]]:
    """On hand, reserved and available, warehouse by warehouse."""
    levels: Sequence[Any] = await asyncio.to_thread(hub.stock.levels, [sku])
    names = ("sku", "warehouse", "on_hand", "reserved", "available")
    return [{name: getattr(level, name) for name in names} for level in levels]


@router.post("/stock/push")
async def push_stock(hub: TheHub, sku: Annotated[list[str] | None, Query()] = None) -> list[Result]:
    """Show every channel what is available now."""
    return [result(outcome) for outcome in await hub.push_stock(sku)]


async def refused(_: Request, error: Exception) -> JSONResponse:
    """Errors of orderhub as JSON: what kind, what it says, whether it may work later."""
    assert isinstance(error, OrderHubError)
    otherwise = 503 if error.retryable else 409
    status = next((status for kind, status in STATUS if isinstance(error, kind)), otherwise)
    told = {"error": type(error).__name__, "message": str(error), "retryable": error.retryable}
    return JSONResponse(told, status)


def create_app(hub: AsyncHub, token: str) -> FastAPI:
    """The application around a hub; platforms post to `/push/<platform>/<shop_id>`, which their signatures guard."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await hub.close()

    app = FastAPI(title="Orders", lifespan=lifespan)
    app.state.hub, app.state.token, app.state.pulling = hub, token, asyncio.Lock()
    app.include_router(router, dependencies=[Depends(known)])
    app.mount("/push", push_app(hub, prefix=""))
    app.add_exception_handler(OrderHubError, refused)
    app.add_exception_handler(Stranger, nobody)
    return app


async def nobody(_: Request, __: Exception) -> JSONResponse:
    """The answer to a stranger."""
    return JSONResponse({"error": "Unauthorized"}, 401, {"WWW-Authenticate": "Bearer"})


def from_environment() -> FastAPI:
    """Your shops as `ORDERHUB_CONFIG` says, or a sandbox."""
    config = os.environ.get("ORDERHUB_CONFIG")
    if config:
        return create_app(AsyncHub.from_config(config), os.environ["BACKEND_TOKEN"])
    hub = practice_hub(make=AsyncHub)
    hub.stock.apply(opening_stock())
    return create_app(hub, "practice")
