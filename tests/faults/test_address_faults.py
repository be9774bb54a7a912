"""Names that lead where they should not: looked up, looked at again on the connection itself, refused before a byte."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_server import Server, answers, reply, serving

from orderhub.drivers.addresses import Gate, is_public
from orderhub.drivers.connecting import _AsyncBackend, _Backend
from orderhub.drivers.guard import HostGuard
from orderhub.drivers.transport import AsyncHttpTransport, HttpTransport
from orderhub.errors import ConnectFailed, SecurityError
from orderhub.flow.message import Reply, Request
from orderhub.hub.connect import connect

NAME = "api.example.com"
PUBLIC = "93.184.216.34"
INWARD = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "0.0.0.0/8",
    "224.0.0.0/4", "240.0.0.0/4", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "168.63.129.16/32", "255.255.255.255/32",
    "::1/128", "::/128", "fe80::/10", "fc00::/7", "fec0::/10", "ff00::/8", "2001:db8::/32",
)  # fmt: skip
METADATA = ("169.254.169.254", "100.100.100.200", "fd00:ec2::254", "192.0.0.192", "168.63.129.16", "fe80::1%eth0")


@st.composite
def inward(draw: st.DrawFn) -> str:
    """An address of an inner network, as it is or wrapped in one of IPv6."""
    network = ipaddress.ip_network(draw(st.sampled_from(INWARD)))
    edge = st.sampled_from((int(network.network_address), int(network.broadcast_address)))
    number = draw(edge | st.integers(int(network.network_address), int(network.broadcast_address)))
    if network.version == 6:
        return str(ipaddress.IPv6Address(number))
    four = ipaddress.IPv4Address(number)
    wrapped = (
        f"::ffff:{four}",
        f"64:ff9b::{four}",
        str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80))),
        f"::{four}",
    )
    return draw(st.sampled_from((str(four), *wrapped)))


@pytest.mark.fault(27)
@given(inward())
def test_no_inner_address_is_public_however_it_is_wrapped(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(SecurityError):
        Gate().pick(NAME, 443, [(0, 0, 0, "", (PUBLIC, 443)), (0, 0, 0, "", (address, 443))])


@pytest.mark.fault(27)
def test_what_clouds_tell_their_machines_is_inside_and_the_world_is_outside() -> None:
    assert not any(map(is_public, METADATA))
    assert all(map(is_public, (PUBLIC, "8.8.8.8", "2606:2800:220:1::1", f"::ffff:{PUBLIC}", f"64:ff9b::{PUBLIC}")))


ODD = (
    f"https://{NAME}./", f"https://{NAME}:8443/", f"https://{NAME}:99999/", f"https://{NAME}:x/", "https://[::1",
    f"https://{NAME}\t.evil.example/", "https://api.exam\nple.com/", f"https://{NAME}\\.evil.example/",
    "https://api。example。com/", "https://api．example.com/", "https://api.example.com\u00ad/", "https://ａpi.example.com/",
    "https://api%2eexample%2ecom/", f"https://{NAME}%00.evil.example/", f"https://{NAME}@/", f"https://@{NAME}/",
    f"https://{NAME}:443@evil.example/", "https://api.example.com ", f" https://{NAME}/", f"https://{NAME}/\x00",
    f"HTTPS:{NAME}/", f"https:/{NAME}/", f"https:{NAME}", f"https:///{NAME}/", "https://[::ffff:a00:1]/",
    "https://[fe80::1%25eth0]/", "https://127.1/", "https://0x7f.1/", "https://①②⑦.0.0.1/", f"wss://{NAME}/",
    "https://xn--pi-example-com/", f"https://{NAME}。evil.example/", f"https://evil.example\\@{NAME}/",
    "https://api.example.com\u2044@evil.example/", f"https://{NAME}:0443/", f"https://{NAME}:/\r\nhost: evil.example",
)  # fmt: skip


@pytest.mark.fault(27)
@pytest.mark.parametrize("url", ODD)
def test_odd_spellings_are_refused_with_an_error_that_says_so(url: str) -> None:
    with pytest.raises(SecurityError):
        HostGuard([NAME]).check(Request("GET", url))
    assert repr(Request("GET", url))


@pytest.mark.fault(27)
def test_the_plain_spellings_pass() -> None:
    for url in (f"https://{NAME}/", f"https://{NAME}:443/a?b=c", "https://API.Example.com/路径?q=@evil"):
        HostGuard([NAME]).check(Request("GET", url))


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(lambda box: (answers(box, reply(b"inside")),) * 3) as made:
        yield made


def resolving(monkeypatch: pytest.MonkeyPatch, *rounds: tuple[str, ...]) -> list[str]:
    """Names are looked up here: the addresses of each round in turn, the last one for ever. Answers who was asked for."""
    real, asked = socket.getaddrinfo, list[str]()

    def found(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (NAME, PUBLIC):
            return real(host, port, *more, **named)
        asked.append(name)
        addresses = rounds[min(len(asked), len(rounds)) - 1]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return asked


def sync_send(url: str, *explicit: str) -> Reply:
    transport = HttpTransport(explicit=explicit)
    try:
        return transport.send(Request("GET", url, {"authorization": "secret"}, timeout_s=5))
    finally:
        transport.close()


def async_send(url: str, *explicit: str) -> Reply:
    async def play() -> Reply:
        transport = AsyncHttpTransport(explicit=explicit)
        try:
            return await transport.send(Request("GET", url, {"authorization": "secret"}, timeout_s=5))
        finally:
            await transport.close()

    return asyncio.run(play())


SENDS = pytest.mark.parametrize("send", [sync_send, async_send])


@pytest.mark.fault(27)
@SENDS
@pytest.mark.parametrize(
    "found", [("127.0.0.1",), (PUBLIC, "127.0.0.1"), ("::1",), ("10.1.2.3", PUBLIC), ("169.254.169.254",)]
)
def test_a_name_that_leads_inwards_meets_no_socket(
    send: Callable[..., Reply], found: tuple[str, ...], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, found)
    with pytest.raises(SecurityError, match="private network") as caught:
        send(f"http://{NAME}:{server.port}/?token=secret")
    assert server.connections == 0 and "secret" not in str(caught.value)


@pytest.mark.fault(27)
@SENDS
def test_an_address_that_was_given_may_lead_inwards(
    send: Callable[..., Reply], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, ("127.0.0.1",))
    url = f"http://{NAME}:{server.port}/"
    assert send(url, url).body == b"inside"
    with pytest.raises(SecurityError):
        send(url, f"http://{NAME}:{server.port + 1}/")


@pytest.mark.fault(27)
def test_a_name_that_changes_its_mind_is_seen_on_the_connection(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look-up says public; what is connected is not: nothing is sent."""
    asked = resolving(monkeypatch, (PUBLIC,), ("127.0.0.1",))
    with pytest.raises(SecurityError):
        sync_send(f"http://{NAME}:{server.port}/")
    assert asked == [NAME, PUBLIC] and server.requests == 0, "a name is asked for once, then its address is used"


@pytest.mark.fault(27)
def test_the_end_of_a_connection_is_looked_at_whoever_made_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, (PUBLIC,))

    class Astray(httpcore.SyncBackend):
        def connect_tcp(self, host: str, port: int, *more: Any, **named: Any) -> Any:
            return super().connect_tcp("127.0.0.1", server.port, *more, **named)

    class AsyncAstray(httpcore.AnyIOBackend):
        async def connect_tcp(self, host: str, port: int, *more: Any, **named: Any) -> Any:
            return await super().connect_tcp("127.0.0.1", server.port, *more, **named)

    backend, later = _Backend(Gate()), _AsyncBackend(Gate())
    backend._inner, later._inner = Astray(), AsyncAstray()
    with pytest.raises(SecurityError):
        backend.connect_tcp(NAME, 443, 5)
    with pytest.raises(SecurityError):
        asyncio.run(later.connect_tcp(NAME, 443, 5))
    assert server.requests == 0


@pytest.mark.fault(1, 2)
@SENDS
def test_names_that_nobody_has_and_doors_that_are_shut_are_no_connection(
    send: Callable[..., Reply], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **named: (_ for _ in ()).throw(socket.gaierror(-2, "no")))
    for host in ("nowhere.invalid", "a" * 70 + ".example"):
        with pytest.raises(ConnectFailed):
            send(f"https://{host}/")


def test_a_shop_trusts_the_address_that_it_was_given(server: Server) -> None:
    transport = HttpTransport()
    url = f"http://localhost:{server.port}"
    shop = connect("taobao", app_key="k", app_secret="s", access_token="t", base_url=url, transport=transport)
    shop.world.services.guard.check(Request("GET", url))
    assert transport.send(Request("GET", url, timeout_s=5)).body == b"inside"
    shop.close()
