"""The FastAPI back end over a sandbox: who may call, pull, list, ship, refuse; what platforms then know."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from orderhub import AsyncHub, Hub
from orderhub.durable.settings import WorkerSettings
from orderhub.hub.settings import load_settings
from orderhub.sandbox import World
from orderhub.testing.practice import opening_stock, practice_hub, practice_world

FILE = Path(__file__).parents[2] / "examples" / "fastapi_backend" / "backend.py"


def load() -> Any:
    spec = importlib.util.spec_from_file_location("example_backend", FILE)
    assert spec and spec.loader
    sys.modules["example_backend"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def world() -> World:
    return practice_world("shopify", orders=3)


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    hub = practice_hub(world, AsyncHub)
    hub.stock.apply(opening_stock())
    app = load().create_app(hub, "open sesame")
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://host", headers={"authorization": "Bearer open sesame"}
        ) as client,
    ):
        yield client


async def test_strangers_are_sent_away_and_platforms_are_not_asked_for_the_token(client: httpx.AsyncClient) -> None:
    for headers in ({"authorization": ""}, {"authorization": "Bearer close"}):
        assert (await client.get("/orders", headers=headers)).status_code == 401
    forged = await client.post("/push/shopify/sy-1", content=b"{}", headers={"authorization": ""})
    assert forged.status_code in (400, 401) and "Unauthorized" not in forged.text
    assert {"/orders", "/orders/fulfil", "/pull"} <= set((await client.get("/openapi.json")).json()["paths"])


async def test_pull_list_ship(client: httpx.AsyncClient, world: World) -> None:
    reports = (await client.post("/pull")).json()
    assert {report["shop"] for report in reports} == {"shopify:sy-1"} and not any(report["error"] for report in reports)
    seen: list[str] = []
    after: str | None = None
    while True:
        asked = {"size": "7", **({"after": after} if after else {})}
        page = (await client.get("/orders", params=asked)).json()
        seen += [row["order_id"] for row in page["rows"]]
        if (after := page["next"]) is None:
            break
    assert sorted(seen) == sorted(row["order_id"] for row in world.control("GET", "/_sandbox/shopify/orders")[1])
    assert not re.search(r"\b1[3-9]\d{9}\b", (await client.get("/orders", params={"size": 200})).text)

    rows = (await client.get("/orders", params={"status": "awaiting_shipment", "size": 200})).json()["rows"]
    key = next(row["key"] for row in rows if row["is_shippable"])
    found = (await client.get(f"/orders/{key}/findings")).json()
    assert all(finding["severity"] != "error" for finding in found)
    [dry] = (await client.post("/orders/fulfil", json={"keys": [key], "dry_run": True})).json()
    assert (dry["ok"], dry["reason"]) == (True, "dry_run")
    [held] = (await client.post("/orders/hold", json={"keys": [key], "reason": "count", "who": "li"})).json()
    assert held["ok"] and (await client.post("/orders/fulfil", json={"keys": [key]})).json()[0]["reason"] == "held"
    assert (await client.post("/orders/release", params={"who": "li"}, json={"keys": [key]})).json()[0]["ok"]
    [sent] = (await client.post("/orders/fulfil", json={"keys": [key]})).json()
    assert sent["ok"] and sent["waybills"]
    native = world.control("GET", f"/_sandbox/shopify/orders/{key.rsplit(':', 1)[1]}")[1]
    assert sent["waybills"][0] in str(native)
    late = (await client.post(f"/orders/{key}/cancel", params={"who": "li"})).json()
    assert (late["ok"], late["reason"]) == (False, "already_shipped") and "intercept" in late["message"]
    words = [entry["what"] for entry in (await client.get(f"/orders/{key}")).json()["timeline"]]
    assert {"held", "released", "fulfilled"} <= set(words)


async def test_stock_and_refusals(client: httpx.AsyncClient) -> None:
    await client.post("/pull")
    [level] = (await client.get("/stock/SKU-0001")).json()
    assert level == {"sku": "SKU-0001", "warehouse": "sh", "on_hand": 50, "reserved": 0, "available": 50}
    told = (await client.post("/stock/push", params={"sku": "SKU-0001"})).json()
    assert told and all(one["ok"] for one in told)
    missing = await client.get("/orders/shopify:sy-1:nope")
    assert (missing.status_code, missing.json()["error"]) == (404, "NotFound")
    assert (await client.get("/orders", params={"size": 0})).status_code == 422
    assert (await client.post("/orders/fulfil", json={"keys": []})).status_code == 422
    assert (await client.post("/pull", params={"shop": "nobody"})).status_code == 422


@pytest.mark.timeout(180)
def test_the_django_desk_passes_its_own_tests() -> None:
    """In a process of its own: Django is configured once a process."""
    manage = FILE.parents[1] / "django_shop" / "manage.py"
    done = subprocess.run([sys.executable, str(manage), "test", "desk"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Ran 2 tests" in done.stderr


def test_the_files_of_the_fleet_are_read_as_they_stand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the files promise; the fleet itself runs on PostgreSQL in `tests/proof/fleet_example.py`."""
    folder = FILE.parents[1] / "worker_fleet"
    text = (folder / "orderhub.toml").read_text("utf-8")
    for name in re.findall(r'"env:(\w+)"', text):
        monkeypatch.setenv(name, f"sqlite:///{tmp_path}/hub.db" if name == "ORDERHUB_DATABASE" else "x")
    settings = load_settings(folder / "orderhub.toml")
    worker = WorkerSettings.of(settings.worker, str(settings.database))
    assert worker.slots == 2 and worker.interval("taobao:tb-flagship") < worker.interval("jd:jd-1")
    with Hub.from_config(folder / "orderhub.toml") as hub:
        assert set(hub.shops) == {"taobao:tb-flagship", "jd:jd-1"}
    unit = (folder / "orderhub-worker@.service").read_text("utf-8")
    assert re.search(r"^ExecStart=\S+/orderhub worker --config \S+ --slot %i$", unit, re.M)
