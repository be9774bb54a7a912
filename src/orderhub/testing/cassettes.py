"""Recordings of every verb over HTTP: they pin the bytes a connector sends. Imports `conformance`, `sandbox`; vcrpy.

`record` plays each verb against the emulator on a loopback port and writes one vcrpy file per verb; `replay` plays the
same verb against the file alone: a request that differs in method, address or body is refused. Secrets and whatever
orders tell about people are replaced before anything is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

from orderhub.drivers.transport import HttpTransport
from orderhub.errors import OrderHubError
from orderhub.hub.connect import connect
from orderhub.kit.verbs import CHANNEL_VERBS
from orderhub.sandbox import World
from orderhub.testing.conformance.bench import Bench
from orderhub.testing.conformance.parity import ARGUMENTS, plain

__all__ = ["forbidden_words", "record", "replay", "verbs_of"]

HOST = "sandbox.local"
SECRETS = ("app_secret", "access_token", "refresh_token")
HIDDEN = "hidden"
NUMBER, NO_NUMBER = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9])"), "10000000000"
"""A mobile phone, whoever answers it, and what stands there instead: a number that nobody has."""
RECENT = timedelta(minutes=20)
SHORTEST = 2
_ADDRESSED = re.compile(r"(\boauth_(?:signature|nonce)=)[^&]*")
"""A signature over the address itself, and what is never the same twice: a recording has others."""
_LOCAL = {"authorize_url", "decode_message"}
"""Verbs that send nothing."""
_PREPARED = {"query_waybills", "cancel_waybill"}
"""Verbs about something that has to be made first, in the very world that is asked."""


def verbs_of(bench: Bench) -> list[str]:
    """The verbs of a connector that speak to its platform."""
    return [verb for verb in CHANNEL_VERBS if verb not in _LOCAL and bench.capability(verb).available]


def record(bench: Bench, folder: Path) -> Iterator[Path]:
    """Write `folder/<verb>.yaml` for every verb, replacing what stood there."""
    from orderhub.sandbox.server import running

    for verb in verbs_of(bench):
        path = folder / f"{verb}.yaml"
        path.unlink(missing_ok=True)
        world, words = _world(bench), forbidden_words(bench)
        args, named = _arguments(bench, verb, world if verb in _PREPARED else _world(bench))
        with running(world) as base_url, _cassette(path, "all", words, base_url):
            _play(bench, world, verb, args, named, base_url)
        yield path


def replay(bench: Bench, verb: str, path: Path) -> tuple[Any, Any]:
    """(what the recording gives, what the emulator in process gives), in a form that compares; people left out."""
    base_url = f"http://{HOST}"
    world, twin, words = _world(bench), _world(bench), forbidden_words(bench)
    args, named = _arguments(bench, verb, twin if verb in _PREPARED else _world(bench))
    with _cassette(path, "none", words, base_url):
        found = _play(bench, world, verb, args, named, base_url)
    return _scrubbed_values(found, words), _scrubbed_values(_direct(bench, twin, verb, args, named), words)


def forbidden_words(bench: Bench) -> Mapping[str, str]:
    """Every word that no recording may hold -> what stands there instead: secrets, and what orders say of people."""
    if bench.words is not None:
        return bench.words
    world = _world(bench)
    entry = world.shops()[0]
    words = {str(entry[name]): f"{HIDDEN}-{name.replace('_', '-')}" for name in SECRETS if entry.get(name)}
    shop = bench.shop(world)
    orders = bench.orders(shop, world)
    people = [order.recipient for order in orders] + _decrypted(bench, shop, orders)
    for one in people:
        for value in (one.phone, one.address.street, one.name, one.address.town):
            if value and len(value) >= SHORTEST and "*" not in value:
                words.setdefault(value, HIDDEN)
    for order in orders:
        for value in (order.buyer.email, order.buyer_note):
            if value:
                words.setdefault(value, HIDDEN)
    bench.words = dict(sorted(words.items(), key=lambda pair: -len(pair[0])))
    return bench.words


def _decrypted(bench: Bench, shop: Any, orders: list[Any]) -> list[Any]:
    if not bench.capability("decrypt").available:
        return []
    pairs = [(order.order_id, order.recipient.privacy.token) for order in orders if order.recipient.privacy.token]
    return [row.recipient for row in shop.decrypt(pairs)] if pairs else []


def _world(bench: Bench) -> World:
    world = bench.world(orders=6)
    bench.create(world, 2)
    return world


def _arguments(bench: Bench, verb: str, world: World) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if verb in ("orders", "refunds"):
        return (), {"updated_since": world.now() - RECENT}
    return ARGUMENTS[verb](bench, bench.shop(world), world)


def _play(bench: Bench, world: World, verb: str, args: tuple[Any, ...], named: Mapping[str, Any], base_url: str) -> Any:
    """One verb through httpx."""
    entry = {
        **bench.connector.spec.samples(),
        **world.shops()[0],
        **bench.settings,
        "base_url": base_url,
        "connector": bench.connector,
    }
    if entry.get("token_url"):
        entry["token_url"] = base_url + urlsplit(str(entry["token_url"])).path
    shop = connect(**entry, transport=HttpTransport(), clock=world.clock)
    with shop:
        return _result(shop, verb, args, named)


def _direct(bench: Bench, world: World, verb: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    return _result(bench.shop(world), verb, args, named)


def _result(shop: Any, verb: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    try:
        found = getattr(shop, verb)(*args, **named)
        return [plain(item) for item in found] if CHANNEL_VERBS[verb].kind == "stream" else plain(found)
    except OrderHubError as error:
        return plain(error)


def _scrubbed_values(value: Any, words: Mapping[str, str]) -> str:
    return _scrub(words)(repr(value))


def _scrub(words: Mapping[str, str]) -> Callable[[str], str]:
    """Replaces every word in each form that a wire may give it."""
    table: dict[str, str] = {}
    for word, instead in words.items():
        escaped = json.dumps(word)[1:-1]
        for form in (word, escaped, escaped.replace("\\", "\\\\"), quote(word, safe=""), quote_plus(word)):
            table.setdefault(form, instead)
    ordered = sorted(table.items(), key=lambda pair: -len(pair[0]))

    def scrub(text: str) -> str:
        for form, instead in ordered:
            if form in text:
                text = text.replace(form, instead)
        return NUMBER.sub(NO_NUMBER, text)

    return scrub


@contextmanager
def _cassette(path: Path, mode: str, words: Mapping[str, str], base_url: str) -> Iterator[None]:
    """vcrpy around httpx; addresses and texts are made neutral before they are written or compared."""
    import vcr

    scrub, place = _scrub(words), urlsplit(base_url).netloc

    def request(found: Any) -> Any:
        parts = urlsplit(found.uri)
        host = HOST if parts.netloc == place else parts.netloc
        query = _ADDRESSED.sub(rf"\1{HIDDEN}", parts.query)
        found.uri = scrub(urlunsplit((parts.scheme, host, parts.path, query, "")))
        found.body = scrub((found.body or b"").decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        kept = {name: scrub(value) for name, value in found.headers.items() if name.lower() in _HEADERS}
        found.headers = kept
        return found

    def response(found: dict[str, Any]) -> dict[str, Any]:
        body = found["body"]["string"].decode("utf-8", "surrogateescape")
        text = scrub(body).replace(place, HOST)
        headers = {name: value for name, value in found["headers"].items() if name.lower() != "content-length"}
        return {**found, "headers": headers, "body": {"string": text.encode("utf-8", "surrogateescape")}}

    recorder = vcr.VCR(
        record_mode=mode, match_on=["method", "scheme", "host", "path", "query", "raw_body"],
        before_record_request=request, before_record_response=response, decode_compressed_response=True,
    )  # fmt: skip
    with recorder.use_cassette(str(path)):
        yield


_HEADERS = {"content-type", "accept"}
"""Request headers that are kept; others carry keys, or say who speaks."""
