"""Every command over one sandbox: the documented shape, the documented exit code, nothing personal, rehearsals."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import typer
from fulfil_world import CARDS, HOMES

import orderhub
from orderhub.cli.app import app
from orderhub.cli.catalogue import COMMANDS
from orderhub.cli.exits import ExitCode
from orderhub.inventory import Receive, StockLine
from orderhub.models import Order
from orderhub.sandbox import World
from orderhub.sandbox.catalogue import GOODS
from orderhub.sandbox.server import running

ROOT = typer.main.get_command(app)
SECRETS = ("app_secret", "access_token", "refresh_token", "checkword")


def run(*words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        ROOT.main(list(words), "orderhub")
    assert isinstance(ended.value.code, int)
    return ended.value.code, out.getvalue(), err.getvalue()


class Scene:
    """One sandbox, one configuration, and everything that was ever printed."""

    def __init__(self, world: World, folder: Path, env: pytest.MonkeyPatch) -> None:
        self.world, self.database, self.config = world, folder / "hub.db", folder / "orderhub.toml"
        self.printed: list[str] = []
        parts = [f'database = "sqlite:///{self.database}"', f"rate_cards = [{json.dumps(str(CARDS))}]",
                 "encryption_keys = []"]  # fmt: skip
        parts += _entries("shops", world.shops(), env)
        parts += _entries("carriers", world.carrier_accounts(), env)
        for code, province, city in HOMES:
            place = {"province": province, "city": city, "street": "仓储路1号"}
            parts += ["[[warehouses]]", f'code = "{code}"', f'name = "{code}"', 'phone = "02155550100"',
                      "[warehouses.address]", *(f'{name} = "{value}"' for name, value in place.items())]  # fmt: skip
        self.config.write_text("\n".join(parts), "utf-8")
        with orderhub.Hub.from_config(self.config) as hub:
            lines = tuple(StockLine(sku, code, 500) for sku in GOODS for code, *_ in HOMES)
            hub.stock.apply([Receive("opening", lines)])

    def run(self, words: str, *more: str) -> tuple[int, Any]:
        """A command for machines, then its shape compared with the catalogue; exit code and document."""
        path, given = _path(words)
        configured = ("--config", str(self.config)) if "config" in _params(path) else ()
        code, out, err = run(*path.split(), *given, *more, *configured, "--json")
        self.printed += [out, err] if path != "normalize" else []
        document = json.loads(out)
        assert err == "" and code in (ExitCode.OK, ExitCode.ATTENTION), (words, code, out, err)
        assert code == ExitCode.OK or COMMANDS[path].attention, words
        told = document if isinstance(document, list) else [document]
        assert isinstance(document, list) == (COMMANDS[path].prints == "rows"), words
        if fields := COMMANDS[path].fields:
            for row in told:
                assert set(row) == set(fields), words
        return code, document

    def rehearse(self, words: str, *more: str) -> tuple[int, Any]:
        """The same with `--dry-run`, which changes nothing that is stored."""
        before = self.state()
        found = self.run(words, *more, "--dry-run")
        assert self.state() == before, words
        return found

    def state(self) -> list[str]:
        with closing(sqlite3.connect(self.database)) as file:
            return list(file.iterdump())

    def orders(self) -> list[Order]:
        with orderhub.Hub.from_config(self.config) as hub:
            return hub.orders()


def _entries(table: str, rows: Any, env: pytest.MonkeyPatch) -> list[str]:
    parts: list[str] = []
    for number, entry in enumerate(rows):
        parts.append(f"[[{table}]]")
        for name, value in entry.items():
            if name in SECRETS:
                env.setenv(f"{table}{number}_{name}".upper(), str(value))
                value = f"env:{table}{number}_{name}".upper().replace("ENV:", "env:")
            parts.append(f"{name} = {json.dumps(value)}")
    return parts


def _path(words: str) -> tuple[str, list[str]]:
    given = words.split()
    size = 2 if " ".join(given[:2]) in COMMANDS else 1
    return " ".join(given[:size]), given[size:]


def _params(path: str) -> set[str]:
    command: Any = ROOT
    for word in path.split():
        command = command.commands[word]
    return {param.name for param in command.params}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    world = World(
        seed=5,
        platforms=["taobao", "woocommerce"],
        carriers=["sf"],
        orders=8,
        shops_per_platform=1,
        awkward=True,
        limits=False,
    )
    with running(world), pytest.MonkeyPatch.context() as env:
        env.setenv("LANG", "C.UTF-8")
        env.delenv("LC_ALL", raising=False)
        yield Scene(world, tmp_path_factory.mktemp("cli"), env)


def change(scene: Scene, order: Order, body: Mapping[str, Any]) -> None:
    status, told = scene.world.control("PATCH", f"/_sandbox/taobao/orders/{order.order_id}", {}, body)
    assert status < 300, told


def a_day_of_a_shop(scene: Scene, _: pytest.MonkeyPatch) -> None:
    """In the order in which a merchant would type it."""
    scene.rehearse("pull")
    assert scene.orders() == []
    code, rows = scene.run("pull")
    stored = {order.key: order for order in scene.orders()}
    assert code == any(row["counts"].get("quarantined") for row in rows) and len(stored) >= 12
    assert sum(row["counts"].get("inserted", 0) for row in rows if row["resource"] == "orders") == len(stored)
    assert scene.run("pull", "--no-refunds")[1][0]["counts"].get("inserted", 0) == 0

    _, listed = scene.run("orders list --limit 3 --sort created")
    seen = [row["key"] for row in listed["rows"]]
    while listed["next"]:
        _, listed = scene.run("orders list --limit 3 --sort created --after", listed["next"])
        seen += [row["key"] for row in listed["rows"]]
    assert sorted(seen) == sorted(stored)
    waiting = [row["key"] for row in scene.run("orders list --status awaiting_shipment --platform taobao")[1]["rows"]]
    assert set(waiting) == {
        key for key, order in stored.items() if (order.status.value, order.platform) == ("awaiting_shipment", "taobao")
    }

    code, findings = scene.run("audit")
    assert code == bool(findings)
    blocked = {row["order"] for row in findings}
    free = [key for key in waiting if stored[key].is_shippable and key not in blocked]
    assert len(free) >= 2, (waiting, findings)

    first, second, *_ = free
    assert scene.rehearse(f"hold {first} --reason look --who anna")[0] == ExitCode.OK
    assert scene.run(f"hold {first} --reason look --who anna")[1][0]["ok"]
    assert scene.run(f"release {first} --who anna")[0] == ExitCode.OK
    assert scene.run(f"release {first} --who anna")[1][0]["reason"] == "not_held"
    assert scene.rehearse(f"fulfil {first}")[1][0]["reason"] == "dry_run"
    code, (row,) = scene.run(f"fulfil {first}")
    assert code == ExitCode.OK and row["parcels"][0]["carrier"] == "sf" and row["parcels"][0]["waybill_no"]
    assert scene.rehearse(f"cancel {second}")[0] == ExitCode.OK
    assert scene.run(f"cancel {second} --reason gone --who anna")[1][0]["ok"]
    assert scene.run(f"reopen {second}")[0] == ExitCode.OK
    assert any(entry["what"] == "cancelled" for entry in scene.run(f"orders show {second}")[1]["timeline"])

    scene.run("pull")
    scene.rehearse("track")
    assert first in [row["order"] for row in scene.run("track")[1]]
    scene.run("incidents")
    code, told = scene.rehearse("push-stock")
    assert told and code == any(not row["ok"] for row in told)
    scene.run("push-stock --no-refresh")
    scene.run("stock check --heal")
    assert {row["sku"] for row in scene.run("stock list")[1]} == set(GOODS)
    assert scene.run("stock outlook --days 7")[1]
    scene.rehearse("stock alerts")


def what_stands_against_an_order_is_decided(scene: Scene, _: pytest.MonkeyPatch) -> None:
    _, findings = scene.run("audit")
    assert findings, "the sandbox seeds awkward orders"
    row = findings[0]
    code, (told,) = scene.run(f"resolve {row['order']} no_such_code ask --reason look --who anna")
    assert code == ExitCode.ATTENTION and told["reason"] == "no_such_finding" and not told["ok"]
    code, (told,) = scene.rehearse(f"resolve {row['order']} {row['code']} ask --reason look --who anna")
    assert told["ok"] == (code == ExitCode.OK)
    code, (told,) = scene.run(f"resolve {row['order']} {row['code']} ask --reason look --who anna")
    assert code == ExitCode.OK and row["code"] in told["left"]


def documents_that_are_no_orders_wait_and_are_read_again(scene: Scene, _: pytest.MonkeyPatch) -> None:
    scene.world.control("POST", "/_sandbox/taobao/orders", {}, {"count": 1})
    newest = scene.world.control("GET", "/_sandbox/taobao/orders")[1][-1]["order_id"]
    document = scene.world.control("GET", f"/_sandbox/taobao/orders/{newest}")[1]
    status, told = scene.world.control(
        "PATCH", f"/_sandbox/taobao/orders/{newest}", {}, {"fields": {"payment": "much"}}
    )
    assert status < 300, told
    code, _ = scene.run("pull")
    assert code == ExitCode.ATTENTION
    (row,) = [row for row in scene.run("quarantine list")[1] if row["order_id"] == newest]
    assert "payment" in row["path"] and row["shop"] == "taobao:tb-1"
    code, _ = scene.rehearse("quarantine replay --shop taobao:tb-1")
    assert scene.run("quarantine replay")[0] == ExitCode.ATTENTION
    scene.world.control("PATCH", f"/_sandbox/taobao/orders/{newest}", {}, {"fields": {"payment": document["payment"]}})
    scene.run("pull")
    assert [row for row in scene.run("quarantine list")[1] if row["order_id"] == newest] == []
    code, _ = scene.run("health")
    assert code in (ExitCode.OK, ExitCode.ATTENTION)


def history_gaps_and_differences(scene: Scene, _: pytest.MonkeyPatch) -> None:
    scene.rehearse("backfill --since 2d --by created")
    assert all(row["progress"] == 1.0 for row in scene.run("backfill --since 2d --by created")[1])
    code, rows = scene.run("gaps --since 2d --by created")
    assert code == ExitCode.OK and len(rows) == 2
    assert all(row["ok"] and row["platform"] == row["stored"] >= 6 for row in rows)
    scene.rehearse("gaps --since 2d --repair")
    shipped = next(order for order in scene.orders() if order.is_shippable and order.platform == "taobao")
    change(scene, shipped, {"action": "refund"})
    scene.run("reconcile --no-platforms")
    code, rows = scene.rehearse("reconcile --heal")
    code, rows = scene.run("reconcile")
    assert code == bool(rows)
    scene.run("pull")
    assert any(row["order_id"] == shipped.order_id for row in scene.run("cases")[1])
    customers = scene.run("segment")[1]
    assert customers and not any(row["buyer_id"] for row in customers)


def what_tells_of_the_installation(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scene.config.parent)
    _, rows = scene.run("connectors")
    assert {row["name"] for row in rows} >= {"taobao", "jd", "file"} and all(row["verbs"] for row in rows)
    assert {row["name"] for row in scene.run("connectors --carriers")[1]} >= {"sf", "yto"}
    assert {row["platform"] for row in scene.run("capabilities sf")[1]} == {"sf"}
    order = next(order for order in scene.orders() if order.platform == "taobao")
    document = scene.world.control("GET", f"/_sandbox/taobao/orders/{order.order_id}")[1]
    Path("order.json").write_text(json.dumps(document), "utf-8")
    assert scene.run("normalize taobao order.json --shop-id tb-1")[1]["orders"][0]["order_id"] == order.order_id
    assert scene.run("schema Order")[1]["title"] == "Order" and "Refund" in scene.run("schema")[1]
    assert scene.run("simulate --steps 20 --seed 3")[1][0]["ok"]
    assert "complete" in scene.run("completion zsh")[1]["script"]
    assert Path(scene.run("new-connector cornershop2")[1]["path"]).is_dir()


def the_doctor_finds_what_a_host_gets_wrong(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"{scene.world.base_url}/_sandbox/shops"
    code, rows = scene.run(
        "doctor", "--callback", url, "--callback", "ftp://x", "--callback", "http://127.0.0.1:9/push"
    )
    states = {row["check"]: row["state"] for row in rows}
    assert code == ExitCode.ATTENTION, "two of the callbacks are wrong"
    assert states["callback ftp://x"] == states["callback http://127.0.0.1:9/push"] == "bad"
    own = {name: state for name, state in states.items() if not name.startswith("callback")}
    assert "bad" not in own.values() and own["encryption"] == "warning" and own["configuration"] == "ok"
    assert {"time zones", "plug-ins", "extras", "secrets", "database", "stock ledger", "taobao:tb-1 token",
            "taobao:tb-1 reachability and clock", "taobao:tb-1 credentials and scope", "taobao:tb-1 pulls",
            "taobao:tb-1 connector evidence", "taobao:tb-1 messages"} <= set(own)  # fmt: skip
    assert all(row["do"] for row in rows if row["state"] != "ok")
    assert scene.run("doctor --offline")[0] == ExitCode.OK
    monkeypatch.setenv("SHOPS0_APP_SECRET", "sandbox-wrong")
    code, rows = scene.run("doctor")
    assert code == ExitCode.ATTENTION
    assert [row["check"] for row in rows if row["state"] == "bad"] == ["taobao:tb-1 credentials and scope"]
    monkeypatch.delenv("SHOPS0_APP_SECRET")
    _, rows = scene.run("doctor")
    assert [row for row in rows if row["check"] == "secrets" and "shops[0].app_secret" in row["seen"]]


def what_is_not_there_is_told_with_its_code(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    place = ("--config", str(scene.config))
    cases = {
        ("orders", "show", "taobao:tb-1:0"): ExitCode.REFUSED,
        ("cancel", "taobao:tb-1:0"): ExitCode.REFUSED,
        ("fulfil", "taobao:tb-1:0"): ExitCode.REFUSED,
        ("audit", "taobao:tb-1:0"): ExitCode.REFUSED,
        ("pull", "--shop", "taobao:none"): ExitCode.USAGE,
        ("quarantine", "list", "--shop", "taobao:none"): ExitCode.USAGE,
        ("orders", "list", "--shop", "taobao"): ExitCode.USAGE,
        ("orders", "list", "--status", "sent"): ExitCode.USAGE,
        ("orders", "list", "--after", "nonsense"): ExitCode.CONFIGURATION,
        ("backfill", "--since", "2099-01-01"): ExitCode.USAGE,
        ("resolve", "a:b:c", "x", "adjust", "--reason", "r", "--who", "w", "--value", "much"): ExitCode.USAGE,
    }
    for words, code in cases.items():
        ended, out, err = run(*words, *place, "--json")
        assert (ended, json.loads(out)["error"]["exit"], err) == (code, code, ""), words
    monkeypatch.setenv("SHOPS0_APP_SECRET", "sandbox-wrong")
    ended, out, _ = run("pull", *place, "--json")
    assert ended == ExitCode.ATTENTION and any("ignature" in (row["error"] or "") for row in json.loads(out))


def people_are_shown_tables_in_their_language(scene: Scene, _: pytest.MonkeyPatch) -> None:
    place = ("--config", str(scene.config))
    key = scene.orders()[0].key
    for words in (("orders", "list"), ("orders", "show", key), ("audit",), ("health",), ("stock", "list"),
                  ("quarantine", "list"), ("doctor", "--offline"), ("fulfil", "--dry-run"), ("reconcile", "--no-platforms"),
                  ("pull", "--dry-run")):  # fmt: skip
        code, out, err = run(*words, *place, "--lang", "zh")
        assert code in (ExitCode.OK, ExitCode.ATTENTION) and "Traceback" not in err, (words, err)
        assert any("\u4e00" <= mark <= "\u9fff" for mark in out + err), words
        scene.printed += [out, err]
        assert "仅为演练" in err or "--dry-run" not in words
    assert "水位" in out


def nothing_personal_and_no_secret_was_printed(scene: Scene, _: pytest.MonkeyPatch) -> None:
    """Over everything that the tests before printed; `normalize` alone shows what stands in the user's own file."""
    printed = "\n".join(scene.printed)
    assert len(scene.printed) > 60
    secrets = {str(entry[name]) for entry in (*scene.world.shops(), *scene.world.carrier_accounts())
               for name in SECRETS if entry.get(name)}  # fmt: skip
    people = {word for order in scene.orders()
              for word in (order.recipient.name, order.recipient.phone, order.recipient.address.street,
                           order.buyer.nickname, order.buyer_note) if word and len(word) > 1 and "*" not in word}  # fmt: skip
    assert len(people) > 8
    assert [word for word in people | secrets if word in printed] == []


STEPS: tuple[Callable[[Scene, pytest.MonkeyPatch], None], ...] = (
    a_day_of_a_shop,
    what_stands_against_an_order_is_decided,
    documents_that_are_no_orders_wait_and_are_read_again,
    history_gaps_and_differences,
    what_tells_of_the_installation,
    the_doctor_finds_what_a_host_gets_wrong,
    what_is_not_there_is_told_with_its_code,
    people_are_shown_tables_in_their_language,
    nothing_personal_and_no_secret_was_printed,
)


@pytest.mark.timeout(240)
def test_every_command_over_one_sandbox(scene: Scene) -> None:
    """One story: what a step leaves behind, the next begins with, so they never run apart."""
    for step in STEPS:
        with pytest.MonkeyPatch.context() as patched:
            step(scene, patched)
