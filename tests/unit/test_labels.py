"""Labels, slips and pick lists: nothing overflows, codes are read back from the picture, nobody stands where nobody may."""

from __future__ import annotations

import base64
import io
import os
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError
from orderhub.logistics.labels import (
    PackingSlip,
    Party,
    PickList,
    PickRow,
    Printer,
    PrintRules,
    SlipLine,
    WaybillLabel,
    can_print,
    label_of,
    party_of,
    passed_on,
    pick_list_of,
    print_payload,
    read_print_settings,
    slip_of,
)
from orderhub.logistics.labels.fit import BOX, LEADING, broken, cut, drawable, fitted, rough_measure
from orderhub.logistics.labels.font import load_font
from orderhub.logistics.labels.shapes import MM_PER_POINT, Bars, Line, Measure, Page, Rect, Squares, Text
from orderhub.logistics.labels.slip_page import pick_pages, slip_pages
from orderhub.logistics.labels.waybill_page import HEIGHT, WIDTH, label_page
from orderhub.models import Address, LineItem, Order, OrderStatus, Privacy, PrivacyKind, Recipient

AT = datetime(2026, 11, 11, 3, tzinfo=UTC)
PERSON = Recipient(name="李小明", phone="13900001234", phone_extension="5678", privacy=Privacy(), address=Address(
    province="广东省", city="深圳市", district="南山区", town="粤海街道", street="深南大道9996号A座1203室"))  # fmt: skip
SENDER = Recipient(name="上海仓", phone="02155550100", privacy=Privacy(), address=Address(
    province="上海市", city="上海市", district="浦东新区", street="仓储路1号"))  # fmt: skip
ORDER = Order(platform="taobao", shop_id="s", order_id="3920100000000148063", status=OrderStatus.AWAITING_SHIPMENT, currency="CNY",
              total=Decimal("128.50"), is_cod=True, recipient=PERSON, buyer_note="请轻放🙏", paid_at=AT, lines=(
                  LineItem(line_id="1", sku="TS-1", title="纯棉短袖T恤", variant="白色 XL", quantity=2, unit_price=Decimal("59.00")),
                  LineItem(line_id="2", sku="SK-2", title="运动袜", quantity=1, is_gift=True, unit_price=Decimal(0))))  # fmt: skip
NUMBERS = (
    "SF1011603494291",
    "75156353341708",
    "YT2819014489339",
    "JDVA11408814483",
    "JT0006968326954",
    "1234567890123",
    "777000111222333",
)


def label(number: str = NUMBERS[0], **more: Any) -> WaybillLabel:
    made = label_of(ORDER, PERSON, SENDER, PrintRules(), carrier="sf", waybill_no=number, lines=(("1", 2), ("2", 1)),
                    product="顺丰标快", reference="p-1", weight_g=1250, marks={"sort_code": "755W-AB"})  # fmt: skip
    return made.model_copy(update=more)


def pictures(pdf: bytes, dots_per_mm: float = 8) -> list[Any]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dots_per_mm * 25.4 / 72, grayscale=True).to_pil() for page in document]
    finally:
        document.close()


def inside(shape: Any, measure: Measure) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what is drawn."""
    match shape:
        case Text():
            width, high = measure(shape.text, shape.size), shape.size * MM_PER_POINT
            left = shape.x - {"left": 0.0, "centre": width / 2, "right": width}[shape.align]
            return left, shape.y - 0.9 * high, left + width, shape.y + 0.3 * high
        case Line():
            return shape.x1, shape.y1, shape.x2, shape.y2
        case Squares():
            return shape.x, shape.y, shape.x + shape.size, shape.y + shape.size
    return shape.x, shape.y, shape.x + shape.width, shape.y + shape.height


def assert_within(page: Page, measure: Measure) -> None:
    """Nothing leaves the page, and no text runs into another."""
    texts = []
    for shape in page.shapes:
        left, top, right, bottom = inside(shape, measure)
        assert left >= -0.01 and top >= -0.01 and right <= page.width + 0.01 and bottom <= page.height + 0.01, shape
        if isinstance(shape, Text) and shape.text:
            texts.append((left + 0.05, top + 0.2 * (bottom - top), right - 0.05, bottom - 0.3 * (bottom - top), shape))
    for at, (left, top, right, bottom, one) in enumerate(texts):
        for other_left, other_top, other_right, other_bottom, other in texts[at + 1 :]:
            apart = right <= other_left or other_right <= left or bottom <= other_top or other_bottom <= top
            assert apart, (one.text, other.text)


WILD = st.text(st.characters(codec="utf-8", exclude_categories=()), max_size=400) | st.text(
    "长地址新疆 Ab9-，。😀𠮷", max_size=400
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_text_leaves_its_place(data: st.DataObject) -> None:
    font = load_font()
    draw = lambda: drawable(data.draw(WILD), font.has)[0]  # noqa: E731
    party = Party(name=draw(), phone=draw()[:24], address=draw())
    made = label(carrier=draw() or "x", product=draw(), receiver=party, sender=party, stub=party, note=draw(), hub=draw(),
                 sort_code=draw(), order_no=draw(), reference=draw(), goods=((draw(), 3),), total=12, printed_at=AT,
                 cod=data.draw(st.none() | st.just(Decimal("99999999.99"))))  # fmt: skip
    assert_within(label_page(made, font.measure), font.measure)
    slip = PackingSlip(shop=draw(), order_no="X1", receiver=party, note=draw(), printed_at=AT,
                       lines=tuple(SlipLine(sku=draw()[:60], title=draw(), variant=draw(), units=1, price=Decimal("1.00"))
                                   for _ in range(data.draw(st.integers(0, 4)))))  # fmt: skip
    for page in slip_pages(slip, font.measure):
        assert_within(page, font.measure)
    rows = tuple(
        PickRow(location=draw(), sku=draw()[:80], title=draw(), units=99999)
        for _ in range(data.draw(st.integers(0, 3)))
    )
    for page in pick_pages(PickList(warehouse=draw(), rows=rows), font.measure):
        assert_within(page, font.measure)


@settings(max_examples=200, deadline=None)
@given(WILD, st.floats(3, 120), st.floats(5, 60))
def test_broken_lines_fit_and_lose_nothing(text: str, width: float, height: float) -> None:
    plain, _ = drawable(text, lambda letter: letter.isprintable())
    lines = broken(plain, width, 9, rough_measure)
    assert "".join(lines).replace(" ", "") == plain[:2000].replace(" ", "")
    assert all(rough_measure(line, 9) <= width or len(line) == 1 for line in lines)
    found, size = fitted(plain, width, height, (14, 9, 7), rough_measure)
    assert all(rough_measure(line, size) <= width for line in found)
    assert len(found) <= max(1, int((height + 0.01) / (size * MM_PER_POINT * LEADING)))
    assert rough_measure(cut(plain, width, 9, rough_measure), 9) <= width


def test_words_stay_whole_and_marks_do_not_begin_a_line() -> None:
    assert broken("Room 1203 Building", 22, 9, rough_measure) == ["Room 1203", "Building"]
    for line in broken("一二三四，五六七八。九十×12", 13, 9, rough_measure):
        assert line[0] not in "，。" and line[-1] != "×"


@pytest.mark.fault(20)
def test_what_cannot_be_drawn_is_a_box_and_is_told() -> None:
    font = load_font()
    assert drawable("李\u200b小\t 明\x00👨‍👩‍👧\ufe0f𠮷\ud800", font.has) == (f"李小 明{BOX * 4}", frozenset("👨👩👧𠮷"))
    printed = Printer().render([label(note="👗𠮷龘")])
    [finding] = printed.findings
    assert (finding.code, finding.order_id, finding.value) == ("glyph_missing", ORDER.order_id, "U+1F457 U+20BB7")


@pytest.mark.parametrize("number", NUMBERS)
def test_the_codes_of_a_printed_label_are_read_back(number: str) -> None:
    """At the 203 dots per inch of a label printer: both bar codes and the QR code."""
    [picture] = pictures(
        Printer().render([label(number, receiver=Party(name="欧" * 80, phone="1" * 20, address="长" * 900))]).content
    )
    assert abs(picture.width - 800) <= 1 and abs(picture.height - 1440) <= 1
    read = zxingcpp.read_barcodes(picture)
    assert {code.text for code in read} == {number}
    kinds = sorted(re.sub("[^A-Za-z0-9]", "", code.format.name) for code in read)
    assert kinds == ["Code128", "Code128", "QRCode"]


def test_the_order_number_of_a_slip_is_read_back() -> None:
    made = slip_of(ORDER, (("1", 2), ("2", 1)), PrintRules(), shop="示例旗舰店")
    [picture] = pictures(Printer().render([made]).content)
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [ORDER.order_id]


def words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def test_a_label_has_what_a_courier_needs_and_the_stub_no_more_than_it_may() -> None:
    told = re.sub(r"\s+", " ", words(Printer().render([label()], at=AT).content))
    for wanted in ("顺丰速运", "顺丰标快", "755W-AB", "李小明", "13900001234 转 5678", "深南大道 9996号A座1203室", "代收货款 128.50 CNY",
                   "上海仓", "纯棉短袖T恤", "1.25 kg", "2026-11-11 11:00", ORDER.order_id):  # fmt: skip
        assert wanted in told, wanted
    stub = [
        shape.text
        for shape in label_page(label(), load_font().measure).shapes
        if isinstance(shape, Text) and shape.y > 122
    ]
    assert "李**" in " ".join(stub) and "139****1234" in " ".join(stub)
    assert not any("小明" in text or "深南" in text or "13900001234" in text for text in stub)


def test_the_number_stands_even_beside_an_endless_name() -> None:
    person = party_of(PERSON.model_copy(update={"name": "欧阳" * 99}), "whole", "whole", "whole")
    assert "13900001234 转 5678" in words(Printer().render([label(receiver=person)]).content)


def test_print_rules_decide_about_people() -> None:
    rules = PrintRules(label_name="masked", label_phone="masked", stub_name="none", stub_phone="none", stub_address="none",
                       slip_name="none", slip_phone="none", slip_address="none", slip_note=False, slip_prices=True)  # fmt: skip
    made = label_of(ORDER, PERSON, SENDER, rules, carrier="sf", waybill_no="1", lines=())
    assert (made.receiver.name, made.receiver.phone) == ("李**", "139****1234")
    assert "深南大道" in made.receiver.address and made.stub == Party()
    slip = slip_of(ORDER, (("1", 2),), rules, shop="x")
    assert slip.receiver == Party() and slip.note == "" and slip.lines[0].price == Decimal("59.00")
    default = slip_of(ORDER, (("1", 2),), PrintRules(), shop="x")
    assert default.lines[0].price is None and (default.receiver.name, default.receiver.address) == (
        "李**",
        "广东省 深圳市 南山区",
    )
    assert party_of(SENDER, "whole", "whole", "whole").address == "上海市 浦东新区 仓储路1号"
    for thing in (made, slip, made.receiver, Printer().render([made])):
        assert not re.search("小明|13900001234|深南", repr(thing)), type(thing)


@pytest.mark.parametrize(
    ("kind", "street", "good"),
    [(PrivacyKind.CLEAR, "深南大道1号", True), (PrivacyKind.ABSENT, "深南大道1号", True), (PrivacyKind.MASKED, "深南大道**", False),
     (PrivacyKind.ENCRYPTED, "~cipher~", False), (PrivacyKind.CLEAR, "深南**", False), (PrivacyKind.CLEAR, " ", False)],
)  # fmt: skip
def test_a_hidden_receiver_has_no_label(kind: PrivacyKind, street: str, good: bool) -> None:
    assert can_print(Recipient(name="x", address=Address(street=street), privacy=Privacy(kind=kind))) is good


def test_pick_lists_add_up_and_go_by_the_bins() -> None:
    parcels = [("o1", (("A", 2), ("B", 1))), ("o2", (("A", 3), ("C", 1))), ("o1", (("B", 1),))]
    made = pick_list_of("sh", parcels, titles={"A": ("T恤", "白")}, locations={"A": "R-10-2", "B": "R-2-1"})
    assert [(row.location, row.sku, row.units, row.orders) for row in made.rows] == [
        ("R-2-1", "B", 2, 1), ("R-10-2", "A", 5, 2), ("", "C", 1, 1)]  # fmt: skip
    assert sum(row.units for row in made.rows) == sum(units for _, goods in parcels for _, units in goods)
    assert made == pick_list_of(
        "sh", reversed(parcels), titles={"A": ("T恤", "白")}, locations={"A": "R-10-2", "B": "R-2-1"}
    )


def test_long_tables_repeat_their_head_and_lose_no_row() -> None:
    rows = tuple(
        PickRow(location=f"A-{at}", sku=f"SKU{at:04}", title="货" * (at % 90), units=at + 1) for at in range(200)
    )
    pages = pick_pages(PickList(warehouse="上海仓 sh", rows=rows), load_font().measure)
    assert len(pages) > 4
    told = [[shape.text for shape in page.shapes if isinstance(shape, Text)] for page in pages]
    assert all(
        "库位" in page and any(text == f"{at} / {len(pages)}" for text in page) for at, page in enumerate(told, 1)
    )
    assert [text for page in told for text in page if text.startswith("SKU") and text != "SKU"] == [
        row.sku for row in rows
    ]


def test_many_labels_are_one_file_with_progress_and_a_small_font() -> None:
    seen: list[tuple[int, int]] = []
    many = [label(f"SF10116034{at:05}") for at in range(40)]
    printed = Printer().render(many, at=AT, on_page=lambda done, total: seen.append((done, total)))
    assert (printed.pages, printed.width_mm, printed.height_mm) == (40, WIDTH, HEIGHT)
    assert seen == [(at, 40) for at in range(1, 41)]
    assert len(printed.content) < 40 * 6000 and b"NotoSansSC" in printed.content
    assert printed.content == Printer().render(many, at=AT).content, "the same papers are the same bytes"
    assert Printer().render([]).pages == 0
    read = [zxingcpp.read_barcodes(picture)[0].text for picture in pictures(printed.content)[::13]]
    assert read == [many[at].waybill_no for at in (0, 13, 26, 39)]


def test_the_font_is_embedded_by_the_characters_used() -> None:
    document = Printer().render([label()]).content
    import zlib

    fonts = []
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", document, re.S):
        try:
            body = zlib.decompress(found[1])
        except zlib.error:
            body = found[1]
        if body[:4] in (b"OTTO", b"\x00\x01\x00\x00"):
            fonts.append(TTFont(io.BytesIO(body)))
        elif body[:1] == b"\x01" and b"NotoSansSC" in body[:200]:
            fonts.append(body)
    assert fonts, "a font is embedded"
    assert len(document) < 60_000


# --- ZPL and HTML -----------------------------------------------------------------------------------------------------


def test_zpl_has_one_label_for_each_and_no_text_becomes_a_command() -> None:
    nasty = label(receiver=Party(name="^XZ~JR_5E\\", phone="1", address="^FD^FS"), note="~HS")
    text = Printer().render([nasty, label()], "zpl").content.decode()
    assert text.count("^XA") == text.count("^XZ") == 2 and "~" not in text
    fields = re.findall(r"\^FD(.*?)\^FS", text)
    assert not any("^" in field for field in fields)
    decoded = [re.sub("_([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), field) for field in fields]
    assert any("^XZ~JR_5E\\" in field for field in decoded)
    assert "^BCN" in text and "^BQN" in text and "^CI28" in text and "^PW800^LL1440" in text
    for x, y in re.findall(r"\^F[OT](\d+),(\d+)", text):
        assert int(x) <= 800 and int(y) <= 1440
    fine = Printer(dots_per_mm=12, zpl_font="E:OTHER.TTF").render([label()], "zpl").content.decode()
    assert "^PW1200^LL2160" in fine and "E:OTHER.TTF" in fine


def test_a_carriers_own_zpl_is_passed_on_unless_it_touches_the_printer() -> None:
    assert passed_on(" ^XA^FO10,10^FDx^FS^XZ\n") == "^XA^FO10,10^FDx^FS^XZ\n"
    for bad in ("", "hello", "^XA^FDx^FS", "^XA^XZ^XA", "^XA^JUS^XZ", "^XA^idR:*.*^XZ", "^XA~DYE:X,^XZ"):
        with pytest.raises(ConfigurationError, match="ZPL"):
            passed_on(bad)


def test_html_prints_at_its_size_and_runs_nothing() -> None:
    nasty = label(receiver=Party(name="<script>alert(1)</script>", phone='"onload=', address="& <b>"), note="$pages")
    text = Printer().render([nasty], "html", title="<t>").content.decode()
    assert "<script" not in text and "&lt;script&gt;" in text and "<title>&lt;t&gt;</title>" in text
    assert "@page{size:100mm 180mm;margin:0}" in text and text.count("<svg") == 3 and text.count("<section") == 1
    assert f'aria-label="{NUMBERS[0]}"' in text


def test_a_template_of_the_hosts_is_filled_or_refused() -> None:
    made = Printer(template="<main>$pages</main><p>100$$</p>").render([label()], "html").content.decode()
    assert made.startswith("<main><section") and made.endswith("<p>100$</p>")
    for bad in ("no pages", "$pages $other", "$pages $"):
        with pytest.raises(ConfigurationError, match="template"):
            Printer(template=bad).render([label()], "html")


def test_the_modules_of_the_html_codes_are_those_of_the_pdf() -> None:
    """The picture of the HTML's own paths is read back as well."""
    from PIL import Image, ImageDraw

    text = Printer().render([label()], "html").content.decode()
    wide = re.search(r'viewBox="0 0 (\d+) 1"[^>]*><path d="([^"]+)"', text)
    assert wide is not None
    picture = Image.new("L", (int(wide[1]) * 4, 120), 255)
    draw = ImageDraw.Draw(picture)
    for at in re.findall(r"M(\d+) 0h1", wide[2]):
        draw.rectangle((int(at) * 4, 0, int(at) * 4 + 3, 120), fill=0)
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [NUMBERS[0]]


# --- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["", "包裹1", "x" * 81, "a\nb"])
def test_a_number_that_is_no_bar_code_is_refused(number: str) -> None:
    with pytest.raises(ConfigurationError, match="bar code"):
        Printer().render([label(number, qr="x")])


def test_a_font_that_is_none_is_refused(tmp_path: Any) -> None:
    (tmp_path / "no.ttf").write_bytes(b"nothing")
    for place in ("no.ttf", "missing.ttf"):
        with pytest.raises(ConfigurationError, match="font"):
            Printer(font=str(tmp_path / place)).render([label()])


@pytest.mark.parametrize("module", ["fpdf", "segno", "barcode.codex", "pylopdf_fonts_zh_cn", "fontTools.ttLib"])
def test_without_the_extra_the_error_names_it(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from orderhub.logistics.labels import codes, font

    for cached in (codes.bars_of, codes.squares_of, font.load_font):
        cached.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError, match=r"orderhub\[labels\]"):
        Printer().render([label()])
    font.load_font.cache_clear()


def test_settings_are_checked() -> None:
    found = read_print_settings({"rules": {"label_phone": "masked"}, "dots_per_mm": 12, "shops": {"taobao:s": "店"}})
    assert found.rules.label_phone == "masked" and read_print_settings(found) is found
    for bad in ({"rules": {"label_phone": "loud"}}, {"dots_per_mm": 9}, {"nonsense": 1}):
        with pytest.raises(ConfigurationError, match="printing"):
            read_print_settings(bad)


def test_a_finished_file_is_a_payload() -> None:
    pdf, zpl = Printer().render([label()]), Printer().render([label()], "zpl")
    made = print_payload("p-1", pdf)
    assert (made.kind, made.format, made.width_mm, made.height_mm) == ("pdf", "base64", 100, 180)
    assert base64.b64decode(made.documents[0].data) == pdf.content
    assert print_payload("p-1", zpl).documents[0].data == zpl.content.decode()
    assert "李小明" not in repr(print_payload("p-1", zpl))


def test_rectangles_and_bars_are_where_they_should_be() -> None:
    page = label_page(label(total=2), load_font().measure)
    bars = [shape for shape in page.shapes if isinstance(shape, Bars)]
    assert len(bars) == 2 and all(each.text == NUMBERS[0] for each in bars)
    assert sum(isinstance(shape, Rect) for shape in page.shapes) == 3, "two marks and a box around what is collected"
    assert any(isinstance(shape, Text) and shape.text == "1 / 2" for shape in page.shapes)


@pytest.mark.parametrize("name", ["label", "packing_slip", "pick_list"])
def test_three_papers_of_one_shipment_look_as_they_did(name: str) -> None:
    """Snapshots of the layouts; `ORDERHUB_GOLDEN=1` writes them anew, to be looked at before they are kept."""
    papers: dict[str, Any] = {
        "label": label(total=2), "packing_slip": slip_of(ORDER, (("1", 2), ("2", 1)), PrintRules(), shop="示例旗舰店"),
        "pick_list": pick_list_of("上海仓 sh", [(ORDER.key, (("TS-1", 2), ("SK-2", 1)))], titles={"TS-1": ("纯棉短袖T恤", "白色 XL")},
                                  locations={"TS-1": "A-10", "SK-2": "A-2"}),
    }  # fmt: skip
    made = Printer().render([papers[name]], "html", title=name, at=AT).content.decode().replace("><", ">\n<")
    place = Path(__file__).parents[1] / "contract" / "golden" / f"{name}.html"
    if os.environ.get("ORDERHUB_GOLDEN"):
        place.write_text(made, "utf-8")
    assert made == place.read_text("utf-8")
