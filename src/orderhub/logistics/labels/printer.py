"""Many labels, slips or pick lists as one file: cleaned, laid out, drawn, with what could not be drawn told.

Imports this room. The libraries of the extra `labels` are loaded when something is drawn.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Literal, TypeAlias

from orderhub.logistics.labels.content import PackingSlip, PickList, WaybillLabel
from orderhub.logistics.labels.fit import drawable, rough_measure
from orderhub.logistics.labels.font import load_font
from orderhub.logistics.labels.html import TEMPLATE, html_text
from orderhub.logistics.labels.pdf import pdf_bytes
from orderhub.logistics.labels.rules import PrintSettings
from orderhub.logistics.labels.shapes import Measure, Page
from orderhub.logistics.labels.slip_page import pick_pages, slip_pages
from orderhub.logistics.labels.waybill_page import label_page
from orderhub.logistics.labels.zpl import FONT, zpl_text
from orderhub.models import Finding, PrintDocument, PrintKind, PrintPayload
from orderhub.models.base import Model
from orderhub.models.status import Severity

__all__ = ["Content", "Format", "Printed", "Printer", "print_payload"]

Content: TypeAlias = WaybillLabel | PackingSlip | PickList
Format: TypeAlias = Literal["pdf", "zpl", "html"]


@dataclass(frozen=True, slots=True)
class Printed:
    """A finished file; its repr shows nothing of it.

    Attributes:
        content: The file's bytes; text is UTF-8.
        pages: How many sheets it has.
        findings: Characters that were replaced, since no font has them; by what the paper is about.
    """

    format: str
    content: bytes = field(repr=False)
    pages: int = 0
    width_mm: int = 0
    height_mm: int = 0
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Printer:
    """Draws contents.

    Attributes:
        font: A TrueType or OpenType file with Chinese characters; the one of the extra when left out.
        template: The HTML around the pages; see `html`.
        dots_per_mm, zpl_font: See `zpl`.
    """

    font: str | None = None
    template: str = TEMPLATE
    dots_per_mm: int = 8
    zpl_font: str = FONT

    @classmethod
    def of(cls, settings: PrintSettings) -> Printer:
        """The printer of a merchant's settings."""
        return cls(settings.font, settings.template or TEMPLATE, settings.dots_per_mm, settings.zpl_font or FONT)

    def render(
        self, contents: Sequence[Content], format: Format = "pdf", *, title: str = "", at: datetime | None = None,
        on_page: Callable[[int, int], None] | None = None,
    ) -> Printed:  # fmt: skip
        """One file of all contents, in their order.

        Args:
            at: When it is printed, aware; stands on the papers that do not say so themselves.
            on_page: Called with (pages done, pages in all), for progress.
        Raises:
            ConfigurationError: The extra `labels` is missing, a number cannot be a bar code, or the template is none.
        """
        has, measure = self._abilities(format)
        findings: list[Finding] = []
        pages: list[Page] = []
        for content in contents:
            clean, lost = cleaned(content, has, at)
            findings += _lost(content, lost)
            pages += _pages(clean, measure)
        drawn = self._drawn(pages, format, title, at, on_page)
        size = (round(pages[0].width), round(pages[0].height)) if pages else (0, 0)
        return Printed(format, drawn, len(pages), *size, tuple(findings))

    def _abilities(self, format: Format) -> tuple[Callable[[str], bool], Measure]:
        """What the font of a format has, and how wide it is."""
        if format == "pdf":
            font = load_font(self.font)
            return font.has, font.measure
        return (lambda letter: letter.isprintable() and ord(letter) < 0x10000), rough_measure

    def _drawn(
        self, pages: Sequence[Page], format: Format, title: str, at: datetime | None, on_page: Any
    ) -> bytes:  # fmt: skip
        if format == "pdf":
            told = None if on_page is None else lambda done: on_page(done, len(pages))
            return pdf_bytes(pages, load_font(self.font), title=title, at=at, on_page=told)
        if format == "zpl":
            text = zpl_text(pages, dots_per_mm=self.dots_per_mm, font=self.zpl_font) if pages else ""
        else:
            text = html_text(pages, title=title, template=self.template)
        if on_page is not None:
            on_page(len(pages), len(pages))
        return text.encode()


def _pages(content: Content, measure: Measure) -> list[Page]:
    match content:
        case WaybillLabel():
            return [label_page(content, measure)]
        case PackingSlip():
            return slip_pages(content, measure)
        case PickList():
            return pick_pages(content, measure)


def cleaned(content: Content, has: Callable[[str], bool], at: datetime | None) -> tuple[Content, frozenset[str]]:
    """The content in characters that can be drawn, and those that could not; dated if it is not."""
    lost: set[str] = set()
    found: Any = _cleaned(content, partial(_text, has=has, lost=lost))
    if at is not None and content.printed_at is None:
        found = found.model_copy(update={"printed_at": at})
    return found, frozenset(lost)


_EXACT = frozenset({"waybill_no", "qr"})
"""Texts of codes: changed they would be others."""


def _cleaned(value: Any, text: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, tuple):
        return tuple(_cleaned(item, text) for item in value)
    if isinstance(value, Model):
        changes = {name: _cleaned(item, text) for name, item in value if name not in _EXACT}
        return value.model_copy(update=changes)
    return value


def _text(text: str, *, has: Callable[[str], bool], lost: set[str]) -> str:
    plain, gone = drawable(text, has)
    lost |= gone
    return plain


def _lost(content: Content, lost: frozenset[str]) -> list[Finding]:
    if not lost:
        return []
    told = " ".join(f"U+{ord(letter):04X}" for letter in sorted(lost))
    return [Finding(code="glyph_missing", severity=Severity.WARNING, order_id=_name(content), value=told,
                    message=f"characters that the font does not have are printed as boxes: {told}")]  # fmt: skip


def _name(content: Content) -> str:
    return content.warehouse if isinstance(content, PickList) else content.order_no


_KINDS: Mapping[str, PrintKind] = {"pdf": PrintKind.PDF, "zpl": PrintKind.ZPL, "html": PrintKind.HTML}


def print_payload(document_id: str, printed: Printed) -> PrintPayload:
    """A finished file as the payload that print steps hand on; a PDF as base64, which `format` says."""
    is_text = printed.format != "pdf"
    data = printed.content.decode() if is_text else base64.b64encode(printed.content).decode()
    return PrintPayload(
        kind=_KINDS[printed.format], format="" if is_text else "base64", width_mm=printed.width_mm,
        height_mm=printed.height_mm, documents=(PrintDocument(document_id=document_id, data=data),),
    )  # fmt: skip
