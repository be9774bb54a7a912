"""The command line against a running sandbox: one configuration, no secret in it, honest exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import orderhub
from orderhub.cli.app import app
from orderhub.models import Token
from orderhub.sandbox import World
from orderhub.sandbox.server import running
from orderhub.stores.open import open_stores

SECRETS = ("app_secret", "access_token", "refresh_token")


def line(name: str, value: Any) -> str:
    return f"{name} = {json.dumps(value)}"


@pytest.fixture
def world() -> Iterator[World]:
    made = World(seed=2, platforms=["taobao"], orders=6)
    with running(made):
        yield made


@pytest.fixture
def config(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both shops, secrets by reference to the environment."""
    parts = [line("database", f"sqlite:///{tmp_path / 'hub.db'}")]
    for number, entry in enumerate(world.shops()):
        parts.append("[[shops]]")
        for name, value in entry.items():
            if name in SECRETS:
                monkeypatch.setenv(f"SHOP{number}_{name.upper()}", str(value))
                value = f"env:SHOP{number}_{name.upper()}"
            parts.append(line(name, value))
    path = tmp_path / "orderhub.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def run(*args: str) -> tuple[int, Any]:
    result = CliRunner().invoke(app, list(args))
    return result.exit_code, json.loads(result.stdout) if "--json" in args else result.stdout


def test_pull_tells_a_shop_that_failed_and_goes_on(config: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP0_APP_SECRET", "sandbox-wrong")
    code, rows = run("pull", "--config", str(config), "--json")
    assert code == 1
    errors = {row["shop"]: row["error"] for row in rows}
    assert "signature" in errors["taobao:tb-1"].lower() and errors["taobao:tb-2"] is None


def test_report_writes_a_page(config: Path, tmp_path: Path) -> None:
    run("pull", "--config", str(config), "--json")
    page = tmp_path / "page.html"
    code, told = run("report", "--config", str(config), "--html", str(page), "--language", "zh", "--json")
    assert told["tables"]["totals"]
    assert code == 0 and page.read_text("utf-8").startswith("<!doctype html>")
    code, _ = run("report", "--config", str(config), "--format", "xlsx", "--out", str(tmp_path / "book.xlsx"))
    assert code == 0 and (tmp_path / "book.xlsx").read_bytes().startswith(b"PK")
    assert run("report", "--config", str(config), "--format", "xlsx", "--out", str(page))[0] == 2


def test_a_segment_is_written_as_hashes_and_its_key_never_stands_on_the_command_line(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("pull", "--config", str(config), "--json")
    monkeypatch.setenv("CUSTOMER_KEY", "a key of sixteen bytes or more")
    for name in ("one.csv", "two.csv"):
        words = ("segment", "--config", str(config), "--out", str(tmp_path / name))
        assert run(*words, "--key", "env:CUSTOMER_KEY")[0] == 0
        assert run(*words, "--key", "a key of sixteen bytes or more")[0] == 2
    with orderhub.Hub.from_config(config) as hub:
        buyers = {order.buyer.buyer_id for order in hub.orders() if order.buyer.buyer_id}
    text = (tmp_path / "one.csv").read_text("utf-8-sig")
    assert text == (tmp_path / "two.csv").read_text("utf-8-sig") and len(text.splitlines()) > 1
    assert buyers and not any(buyer in text for buyer in buyers)


def test_normalize_prints_orders_and_its_exit_code_tells_of_bad_ones(world: World, tmp_path: Path) -> None:
    order_id = world.control("GET", "/_sandbox/taobao/orders")[1][0]["order_id"]
    document = world.control("GET", f"/_sandbox/taobao/orders/{order_id}")[1]
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(document), encoding="utf-8")
    bad.write_text(json.dumps({**document, "payment": "much"}), encoding="utf-8")
    result = CliRunner().invoke(app, ["normalize", "taobao", str(good)])
    assert result.exit_code == 0 and json.loads(result.stdout)["orders"][0]["order_id"] == order_id
    result = CliRunner().invoke(app, ["normalize", "taobao", str(bad)])
    assert result.exit_code == 1 and "payment" in json.loads(result.stdout)["findings"][0]["path"]


def test_a_refreshed_token_is_kept_and_a_newly_configured_one_wins(world: World, tmp_path: Path) -> None:
    entry, database = world.shops()[0], f"sqlite:///{tmp_path / 'hub.db'}"
    with orderhub.Hub([entry], database=database) as hub:
        assert world.control("POST", "/_sandbox/faults", {}, {"platform": "taobao", "fault": "token_expired"})[0] < 300
        assert all(report.ok for report in hub.sync(refunds=False))
        (shop,) = hub.shops.values()
        fresh = shop.world.services.box.current.access_token
        assert fresh != entry["access_token"]
    with orderhub.Hub([entry], database=database) as hub:
        (shop,) = hub.shops.values()
        assert shop.world.services.box.current.access_token == fresh
    with orderhub.Hub([{**entry, "access_token": "sandbox-newer"}], database=database) as hub:
        (shop,) = hub.shops.values()
        assert shop.world.services.box.current.access_token == "sandbox-newer"


def test_tokens_of_two_shops_never_meet() -> None:
    stores = open_stores("memory:")
    assert stores.put_token("taobao:1#a", Token("one"), 0) == 1
    assert stores.get_token("taobao:2#a") is None
