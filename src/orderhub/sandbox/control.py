"""The control API: the tester's hand in the world, as a table of routes. Imports `emulator`, `faults`.

Every refusal is JSON `{"error": what, "do": how to get it right}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orderhub.flow.message import Reply
from orderhub.sandbox.console.routes import CONSOLE
from orderhub.sandbox.emulator import ControlError, Emulator, ParsedRequest
from orderhub.sandbox.faults import FAULTS

if TYPE_CHECKING:
    from orderhub.sandbox.world import World

__all__ = ["answer", "as_reply", "reply"]

Query = Mapping[str, str]
_ODD = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What odd values end in; over a socket it is a refusal like any other."""


def reply(world: World, parsed: ParsedRequest) -> Reply:
    """`answer`, from and to bytes."""
    try:
        body = json.loads(parsed.body) if parsed.body.strip() else None
        status, value = answer(world, parsed.method, parsed.path, dict(parsed.query), body)
    except json.JSONDecodeError:
        status, value = 400, {"error": "the body is not JSON", "do": "send a JSON object"}
    except _ODD as error:
        told = f"a value of another kind, or beyond all bounds ({type(error).__name__})"
        status, value = 400, {"error": told, "do": "see the documentation of this route"}
    return as_reply(status, value)


def as_reply(status: int, value: Any) -> Reply:
    """JSON that no browser takes for something else."""
    text = json.dumps(value, ensure_ascii=False, default=_text)
    headers = {"content-type": "application/json; charset=utf-8", "x-content-type-options": "nosniff"}
    return Reply(status, headers, text.encode("utf-8", "backslashreplace"))  # lone surrogates as JSON escapes


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def answer(world: World, method: str, path: str, query: Query, body: Any) -> tuple[int, Any]:
    """Find the route and run it; answers status and a value that is JSON but for datetimes."""
    allowed = []
    for verb, pattern, route in ROUTES:
        found = pattern.fullmatch(path.rstrip("/"))
        if found and verb == method:
            return _run(route, world, found.groups(), query, body)
        if found:
            allowed.append(verb)
    if allowed:
        return 405, {"error": f"{path} does not take {method}", "do": f"use {' or '.join(allowed)}"}
    return 404, {"error": f"no control route {path}", "do": "see GET /_sandbox for the list"}


def _run(route: Route, world: World, parts: tuple[str, ...], query: Query, body: Any) -> tuple[int, Any]:
    try:
        if not (body is None or isinstance(body, dict)):
            raise ControlError("the body is not a JSON object", 'send {"name": value, …}')
        return 200, route(world, parts, query, body or {})
    except ControlError as error:
        return error.status, {"error": error.message, "do": error.do}


def _emulator(world: World, name: str) -> Emulator:
    if name not in world.emulators:
        raise ControlError(f"no platform or carrier {name!r}", "use one of " + ", ".join(world.emulators), 404)
    return world.emulators[name]


def _index(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return {"routes": [f"{verb} {pattern.pattern}" for verb, pattern, _ in ROUTES]}


def _shops(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return world.shops()


def _carriers(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return world.carrier_accounts()


def _waybills(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return world.waybills()


def _log(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    limit, after = query.get("limit", "100"), query.get("after", "0")
    if not (limit.isdecimal() and after.isdecimal()):
        raise ControlError(f"limit is {limit!r}, after is {after!r}", "give numbers")
    return world.log(int(limit), int(after))


def _reset(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    seed = body.get("seed")
    if not (seed is None or isinstance(seed, int)):
        raise ControlError(f"seed is {seed!r}", "give an integer, or leave it out")
    world.reset(seed)
    return {"now": world.now()}


def _clock(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return {"now": world.now(), "frozen": world.clock.frozen}


def _set_clock(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    if not body or set(body) - {"set", "advance_s", "freeze"}:
        raise ControlError("nothing to do", 'send {"advance_s": seconds}, {"set": instant} or {"freeze": true}')
    if "freeze" in body:
        world.clock.freeze(bool(body["freeze"]))
    if "set" in body:
        world.clock.set(_instant(body["set"]))
    if "advance_s" in body:
        if isinstance(body["advance_s"], bool) or not isinstance(body["advance_s"], int | float):
            raise ControlError(f"advance_s is {body['advance_s']!r}", "give seconds as a number")
        world.clock.advance(body["advance_s"])
    return _clock(world, parts, query, body)


def _instant(value: Any) -> datetime:
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ControlError(f"set is {value!r}", "give ISO 8601 with offset, e.g. 2026-01-02T03:04:05+00:00")
    return instant


def _faults(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return world.faults.view()


def _arm(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return world.faults.arm(body, {name: emulator.faults for name, emulator in world.emulators.items()}).view()


def _disarm(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    name = body.get("fault") or query.get("fault")
    if name is not None and name not in FAULTS:
        raise ControlError(f"unknown fault {name!r}", "use one of " + ", ".join(FAULTS))
    where = {
        key: str(told) for key in ("platform", "shop_id", "operation") if (told := body.get(key) or query.get(key))
    }
    return {"disarmed": world.faults.disarm(name, **where)}


def _switches(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return {
        name: {
            key: {
                "value": world.switches[name][key],
                "default": how.default,
                "about": how.about,
                "choices": how.choices,
            }
            for key, how in emulator.switches.items()
        }
        for name, emulator in world.emulators.items()
    }


def _set_switches(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    """`{platform: {switch: value}}`; all or none."""
    for name, values in body.items():
        emulator = _emulator(world, name)
        if not isinstance(values, dict):
            raise ControlError(f"{name} is {values!r}", 'send {"platform": {"switch": value}}')
        for key, value in values.items():
            _check_switch(emulator, key, value)
    for name, values in body.items():
        world.switches[name].update(values)
    return {name: dict(world.switches[name]) for name in body}


def _check_switch(emulator: Emulator, key: str, value: Any) -> None:
    how = emulator.switches.get(key)
    if how is None:
        raise ControlError(f"{emulator.name} has no switch {key!r}", "use one of " + ", ".join(emulator.switches))
    if how.choices and value not in how.choices:
        raise ControlError(f"{key} is {value!r}", "use one of " + ", ".join(map(str, how.choices)))
    if not how.choices and type(value) is not type(how.default):
        raise ControlError(f"{key} is {value!r}", f"give a value like {how.default!r}")


def _records(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return _emulator(world, parts[0]).records(query.get("shop_id"))


def _create(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return _emulator(world, parts[0]).create({**query, **body})


def _record(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return _emulator(world, parts[0]).record(parts[1])


def _change(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return _emulator(world, parts[0]).change(parts[1], body)


def _stock(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return _emulator(world, parts[0]).stock(query.get("shop_id"))


def _set_stock(world: World, parts: tuple[str, ...], query: Query, body: Mapping[str, Any]) -> Any:
    return _emulator(world, parts[0]).set_stock(body)


Route = Callable[["World", tuple[str, ...], Query, Mapping[str, Any]], Any]

ROUTES: tuple[tuple[str, re.Pattern[str], Route], ...] = tuple(
    (verb, re.compile("/_sandbox" + path.replace("{}", "([^/]+)")), route)
    for verb, path, route in (
        ("GET", "", _index),
        ("GET", "/shops", _shops),
        ("GET", "/carriers", _carriers),
        ("GET", "/waybills", _waybills),
        ("GET", "/log", _log),
        ("POST", "/reset", _reset),
        ("GET", "/clock", _clock),
        ("POST", "/clock", _set_clock),
        ("GET", "/faults", _faults),
        ("POST", "/faults", _arm),
        ("DELETE", "/faults", _disarm),
        ("GET", "/switches", _switches),
        ("PUT", "/switches", _set_switches),
        ("GET", "/{}/orders", _records),
        ("POST", "/{}/orders", _create),
        ("GET", "/{}/orders/{}", _record),
        ("PATCH", "/{}/orders/{}", _change),
        ("GET", "/{}/stock", _stock),
        ("PUT", "/{}/stock", _set_stock),
        *CONSOLE,
    )
)
