"""Push messages in a FastAPI application: the ready-made app under a path of its own, the hub beside it.

Run: `uvicorn fastapi_push:app`. Platforms then post to `/push/<platform>/<shop_id>`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from orderhub import AsyncHub
from orderhub.hub.asgi import push_app


def create_app(hub: AsyncHub) -> FastAPI:
    """The host's application around a hub."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await hub.close()

    app = FastAPI(lifespan=lifespan)
    app.mount("/push", push_app(hub, prefix=""))

    @app.get("/shops")
    async def shops() -> list[dict[str, object]]:
        return [health.to_dict() for health in await hub.health()]

    return app


if "ORDERHUB_CONFIG" in os.environ:
    app = create_app(AsyncHub.from_config(os.environ["ORDERHUB_CONFIG"]))
