"""Files, texts and streams that were made to harm: bounded in time and room, refused in words, inert where they end."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import logging
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from time import process_time
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from wire_server import Act, Server, serving

from orderhub import AsyncHub
from orderhub.analytics.segments import CLEAR_COLUMNS, SegmentExport
from orderhub.collect.inbox import topic_of
from orderhub.connectors.amazon import meaning
from orderhub.connectors.taobao import wire as taobao_wire
from orderhub.drivers import transport as transports
from orderhub.drivers.guard import decompressed
from orderhub.drivers.listening import _connect
from orderhub.drivers.sqs import SqsSource
from orderhub.drivers.tables import TableSource, read_document, read_table
from orderhub.drivers.transport import AsyncHttpTransport, HttpTransport
from orderhub.errors import ConfigurationError, DecodeError, OrderHubError, TimedOut, UnsupportedOperation
from orderhub.flow.message import Request
from orderhub.hub.asgi import push_app
from orderhub.hub.webhooks import check_webhook
from orderhub.inventory import open_ledger
from orderhub.kit import workbook
from orderhub.kit.listening import Listening
from orderhub.kit.toml import read_toml
from orderhub.kit.webhook import check_hmac
from orderhub.logistics import timeline
from orderhub.logistics.labels.zpl import passed_on
from orderhub.logistics.rate_file import read_rates
from orderhub.logistics.wishes import wish_of
from orderhub.normalise.sku_csv import read_skus
from orderhub.notify import masking
from orderhub.orders.settlement_files import read_bill_file
from orderhub.plugins import find, names
from orderhub.rules.read import _document
from orderhub.sandbox import World

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.'
    'openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
    'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
    "</workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{OFFICE}/worksheet" Target="s.xml"/></Relationships>',
}
HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>order_id</t></is></c></row>'
BILL: Any = SimpleNamespace(columns={"order_id": "order_id"})


def book(rows: str) -> bytes:
    """A workbook of one sheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        archive.writestr("xl/s.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{HEAD}{rows}</sheetData></worksheet>')
    return out.getvalue()


BOOKS: dict[str, Callable[[], bytes]] = {
    "unpacks a thousandfold": lambda: book(" " * 2_000_001),
    "row a hundred million": lambda: book('<row r="99999999"><c r="A99999999"><v>1</v></c></row>'),
    "the last column": lambda: book('<row r="2"><c r="XFD2"><v>1</v></c></row>'),
    "no XML": lambda: book("<row><c"),
    "no archive": lambda: b"PK\x03\x04" + bytes(99),
}


@pytest.mark.fault(14)
@pytest.mark.parametrize("what", BOOKS)
def test_workbooks_that_grow_are_refused_wherever_one_is_read(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "ROWS_MAX", 2000)
    monkeypatch.setattr(workbook, "RATIO_FROM", 2_000_000)
    body, place = BOOKS[what](), tmp_path / "orders.xlsx"
    place.write_bytes(body)
    readers: tuple[Callable[[], Any], ...] = (
        lambda: read_table(place), lambda: read_rates(body, "r.xlsx"),
        lambda: read_bill_file(body, BILL),
    )  # fmt: skip
    for read in readers:
        started = process_time()
        with pytest.raises((ConfigurationError, DecodeError)) as caught:
            read()
        assert process_time() - started < 2 and len(str(caught.value)) < 500
    place.write_bytes(book('<row r="3"><c r="A3"><v>7</v></c></row>'))
    assert read_table(place) == [{"order_id": 7}]


def test_tables_of_one_endless_line_are_refused_at_once(tmp_path: Path) -> None:
    wide = ",".join(f"c{number}" for number in range(50_000))
    (tmp_path / "wide.csv").write_text(f"{wide},c1\n1\n")
    (tmp_path / "long.csv").write_text('order_id,b\n"' + "x" * 200_000 + '",1\n')
    started = process_time()
    with pytest.raises(ConfigurationError, match="two columns are called c1"):
        read_table(tmp_path / "wide.csv")
    with pytest.raises(ConfigurationError):
        read_rates(wide.encode())
    with pytest.raises(ConfigurationError, match="field larger"):
        read_table(tmp_path / "long.csv")
    with pytest.raises(ConfigurationError, match="field larger"):
        read_rates((tmp_path / "long.csv").read_bytes())
    with pytest.raises(DecodeError, match="field larger"):
        read_bill_file((tmp_path / "long.csv").read_bytes(), BILL)
    assert read_skus('shop,platform_sku_id,code,sku,quantity,share\n"' + "x" * 200_000).problems
    assert process_time() - started < 2


@pytest.mark.parametrize(
    "text", [".".join("a" * 20_000) + "=1", "a.b" + " .c" * 9_999 + "=1", "a=" + "[" * 5_000, f"a='{'x' * 4_000_000}'"]
)
def test_documents_that_take_the_square_of_their_length_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(text)
    started = process_time()
    with pytest.raises(ConfigurationError):
        read_document(tmp_path / "mapping.toml")
    with pytest.raises(ConfigurationError):
        _document(text, "toml")
    assert process_time() - started < 1
    assert read_toml('a.b.c = "1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.3.4.5"')["a"]["b"]


READERS: dict[str, Callable[[str], Any]] = {
    "wishes": wish_of,
    "phone": meaning._phone,
    "ban": taobao_wire._BAN.search,
    "masked": masking._EMAIL.findall,
    "shown": timeline._EMAIL.findall,
}


@pytest.mark.parametrize("unit", ["再", "给发", " ", "0", "1 ", "x", "+", "a@", "别", "0 more "])
def test_no_text_of_one_sign_over_and_over_holds_a_parser_up(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    for name, read in READERS.items():
        started = process_time()
        read(text)
        assert process_time() - started < 0.5, name


def endless(head: bytes, piece: bytes) -> Iterator[bytes]:
    """A stream that never tells anything more."""
    yield head
    while True:
        yield piece


@pytest.mark.fault(14)
@pytest.mark.parametrize("encoding", ["gzip", ""])
def test_a_stream_that_unpacks_to_nothing_ends_at_the_limit_too(encoding: str) -> None:
    packer = zlib.compressobj(wbits=31)
    opened = packer.compress(b"{}") + packer.flush(zlib.Z_SYNC_FLUSH)
    for head, piece in ((gzip.compress(b"{}"), bytes(65_536)), (opened, b"\0\0\0\xff\xff" * 13_000)):
        started = process_time()
        with pytest.raises(DecodeError, match="larger than"):
            decompressed(endless(head, piece), encoding, 16 * 1024 * 1024)
        assert process_time() - started < 2


@pytest.mark.fault(5, 12)
def test_a_reply_cut_short_within_its_compression_is_no_reply() -> None:
    whole = gzip.compress(b'{"orders": []}' * 9)
    assert decompressed([whole], "gzip") == b'{"orders": []}' * 9 and decompressed([], "gzip") == b""
    for end in range(1, len(whole)):
        with pytest.raises(DecodeError) as caught:
            decompressed([whole[:end]], "gzip")
        assert caught.value.retryable


@pytest.mark.fault(3)
@pytest.mark.parametrize("is_async", [False, True])
def test_a_body_that_comes_byte_by_byte_ends_by_the_clock(is_async: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(0, 10_000, 100))
    monkeypatch.setattr(transports, "time", SimpleNamespace(monotonic=lambda: next(times)))

    def make(box: list[Server]) -> tuple[Act, ...]:
        def drips(peer: Any) -> None:
            box[0].heard(peer)
            peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
            while True:
                peer.sendall(b"x" * 1000)

        return (drips,)

    async def ask(request: Request) -> None:
        transport = AsyncHttpTransport()
        try:
            await transport.send(request)
        finally:
            await transport.close()

    with serving(make) as server:
        request, transport = Request("GET", server.url, timeout_s=20), HttpTransport()
        with pytest.raises(TimedOut, match="not complete"):
            asyncio.run(ask(request)) if is_async else transport.send(request)
        transport.close()


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """Everything that anybody logs at DEBUG."""
    out, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(out), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.fault(28)
async def test_a_message_socket_follows_nobody_and_says_nothing_of_what_it_carries(told: io.StringIO) -> None:
    from websockets.asyncio.server import serve
    from websockets.exceptions import InvalidStatus

    heard = list[Any]()

    async def inner(socket: Any) -> None:
        heard.append(await socket.recv())
        await socket.send('{"receiver": "欧阳测试甲乙"}')
        await socket.wait_closed()

    def listening(port: int) -> Listening:
        return Listening(f"ws://127.0.0.1:{port}/?sign=S1GNED", lambda frame, at: None, greeting="GR33TING")

    silent = logging.getLogger("tests.silent")
    silent.setLevel(logging.CRITICAL)
    async with serve(inner, "127.0.0.1", 0, logger=silent) as there:
        port = there.sockets[0].getsockname()[1]

        def away(connection: Any, request: Any) -> Any:
            answer = connection.respond(HTTPStatus.FOUND, "")
            answer.headers["Location"] = f"ws://127.0.0.1:{port}/"
            return answer

        async with serve(inner, "127.0.0.1", 0, process_request=away, logger=silent) as door:
            with pytest.raises(InvalidStatus):
                async with await _connect(listening(door.sockets[0].getsockname()[1])):
                    raise AssertionError("it went there")
        assert heard == []
        async with await _connect(listening(port)) as socket:
            await socket.send("GR33TING")
            assert "欧阳" in await socket.recv()
    assert heard == ["GR33TING"]
    assert not [word for word in ("S1GNED", "GR33TING", "欧阳") if word in told.getvalue()]


def test_a_queue_that_is_read_at_debug_tells_no_message(told: io.StringIO) -> None:
    body = '{"Messages": [{"MessageId": "1", "ReceiptHandle": "R3CEIPT", "Body": "{\\"name\\": \\"P3RSON\\"}"}]}'

    def make(box: list[Server]) -> tuple[Act, ...]:
        def answer(peer: Any) -> None:
            box[0].heard(peer)
            head = f"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {len(body)}\r\n\r\n"
            peer.sendall((head + body).encode())

        return (answer,)

    logging.getLogger("botocore").setLevel(logging.NOTSET)
    with serving(make) as server:
        source = SqsSource(f"{server.url}1/q", wait_s=0, region_name="us-east-1", endpoint_url=server.url,
                           aws_access_key_id="AK1D", aws_secret_access_key="AWSS3CRET")  # fmt: skip
        assert source.receive() == [("R3CEIPT", b'{"name": "P3RSON"}')]
    assert not [word for word in ("P3RSON", "R3CEIPT", "AK1D", "AWSS3CRET") if word in told.getvalue()]


UNSIGNED = ("amazon", "kuaishou", "pinduoduo", "suning", "taobao")


@pytest.mark.fault(39)
async def test_nobody_writes_in_the_name_of_a_platform_that_signs_nothing() -> None:
    reads = {name for name in names() if hasattr(find(name).operations, "decode_message")}
    assert {name for name in reads if not getattr(find(name).operations, "are_messages_signed", True)} == set(UNSIGNED)
    accounts = [
        {"platform": name, "shop_id": "1", "app_key": "k", "app_secret": "s", "access_token": "t",
         "base_url": "http://127.0.0.1:9", **find(name).spec.samples()}
        for name in UNSIGNED
    ]  # fmt: skip
    stranger = b'{"NotificationType": "ORDER_CHANGE"}'
    async with AsyncHub(accounts) as hub:
        transport = httpx.ASGITransport(push_app(hub))
        async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
            for name in UNSIGNED:
                assert (await client.post(f"/push/{name}/1", content=stranger)).status_code == 404
                with pytest.raises(UnsupportedOperation, match="signs no messages"):
                    await hub.receive(f"{name}:1", {}, stranger)
                assert hub.stores.take_outbox(topic_of(f"{name}:1")) == []


@pytest.mark.fault(39)
def test_a_key_that_nobody_set_signs_nothing() -> None:
    import hmac

    with pytest.raises(OrderHubError):
        check_hmac(b"{}", hmac.new(b"", b"{}", "sha256").hexdigest(), [""])
    with pytest.raises(ConfigurationError):
        check_webhook({}, b"{}", "")


def test_what_may_name_people_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    open_ledger(f"sqlite:///{tmp_path}/hub.db").close()
    for name in ("buyers.csv", "buyers.xlsx"):
        SegmentExport(datetime(2026, 1, 1, tzinfo=UTC), None, CLEAR_COLUMNS, ()).save(tmp_path / name)
    modes = {place.name: stat.S_IMODE(place.stat().st_mode) for place in tmp_path.iterdir()}
    assert {"hub.db", "buyers.csv", "buyers.xlsx"} <= modes.keys() and set(modes.values()) == {0o600}


def test_nothing_that_is_noted_for_a_spreadsheet_is_calculated(tmp_path: Path) -> None:
    place = tmp_path / "shipped.csv"
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "1\r=2", "SF1234567890123"]
    TableSource(None, place).shipped([{"waybill_no": text} for text in texts])
    with place.open(encoding="utf-8-sig", newline="") as file:
        assert [row["waybill_no"] for row in csv.DictReader(file)] == [
            *(f"'{text}" for text in texts[:-2]),
            "1 =2",
            texts[-1],
        ]


@pytest.mark.parametrize(
    "inside",
    ["^JUS", "^cc!!JUS", "~CC!", "^CT!", "~CD;", "~DGR:X.GRF,8,1,FF", "^DFR:X.ZPL", "^KP1234", "\x1eJUS", "\x10JR"],
)
def test_a_carriers_label_cannot_change_the_printer(inside: str) -> None:
    assert passed_on("^XA^FO9,9^FDSF1^FS^XZ")
    with pytest.raises(ConfigurationError, match="change the printer"):
        passed_on(f"^XA^FO9,9^FDSF1^FS{inside}^XZ")


ODD_CALLS = (
    ("POST", "/clock", b"[" * 100_000), ("POST", "/clock", b'{"advance_s": 1e400}'), ("POST", "/clock", b'{"advance_s": NaN}'),
    ("POST", "/clock", b'{"set": "0001-01-01T00:00:00+14:00"}'), ("GET", f"/log?limit={'9' * 5_000}", b""),
    ("DELETE", "/faults", b'{"fault": ["x"]}'), ("POST", "/reset", b'{"seed": ' + b"9" * 5_000 + b"}"), ("PUT", "/switches", b'"x"'),
)  # fmt: skip


def test_odd_calls_of_the_control_api_are_refused_and_change_nothing() -> None:
    world = World(seed=1, platforms=["taobao"], carriers=[], shops_per_platform=1, orders=1, tick=lambda: 0.0)
    before = (world.now(), world.shops())
    for method, path, body in ODD_CALLS:
        reply = world.exchange(
            Request(method, f"http://127.0.0.1/_sandbox{path}", {"host": "127.0.0.1"}, body), ()
        ).reply
        assert reply is not None and reply.status == 400 and len(reply.body) < 500, (path[:20], reply)
    assert (world.now(), world.shops()) == before
