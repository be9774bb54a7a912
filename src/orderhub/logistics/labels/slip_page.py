"""Packing slips and pick lists as pages. Pure; imports `content`, `table_page`, `fit`, `shapes`."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from orderhub.logistics.labels.content import PackingSlip, PickList
from orderhub.logistics.labels.fit import block, cut
from orderhub.logistics.labels.shapes import Bars, Measure, Page, Shape, Text
from orderhub.logistics.labels.table_page import Cell, Column, Paper, table_pages

__all__ = ["A4", "A5", "pick_pages", "slip_pages"]

A5, A4 = Paper(148, 210), Paper(210, 297, 10)
_CHINA = timezone(timedelta(hours=8))


def _local(at: datetime | None, before: str) -> str:
    return at.astimezone(_CHINA).strftime(f"{before} %Y-%m-%d %H:%M") if at else ""


def slip_pages(slip: PackingSlip, measure: Measure, paper: Paper = A5) -> list[Page]:
    """The packing slip; on Beijing time."""
    priced = any(line.price is not None for line in slip.lines)
    columns = [
        Column("#", 0.6),
        Column("商品", 5.4),
        Column("规格", 2.6),
        Column("SKU", 2.6),
        Column("数量", 1.1, "right"),
    ]
    columns += [Column("单价", 1.6, "right")] if priced else []
    rows = []
    for at, line in enumerate(slip.lines, 1):
        title = f"【赠品】{line.title}" if line.is_gift else line.title
        row = [Cell(str(at)), Cell(title or line.sku), Cell(line.variant), Cell(line.sku), Cell(str(line.units), True)]
        rows.append([*row, Cell(str(line.price) if line.price is not None else "")] if priced else row)

    def head(is_first: bool) -> tuple[list[Shape], float]:
        return _slip_head(slip, paper, measure) if is_first else _slip_again(slip, paper, measure)

    def last(y: float) -> list[Shape]:
        return _slip_end(slip, paper, measure, y)

    foot = "  ".join(filter(None, (slip.shop, slip.order_no, _local(slip.printed_at, "打印"))))
    note = 22.0 if slip.note else 8.0
    return table_pages(paper, columns, rows, head, measure, foot=foot, last=last, last_height=note)


def _slip_head(slip: PackingSlip, paper: Paper, measure: Measure) -> tuple[list[Shape], float]:
    left, right, room = paper.margin, paper.width - paper.margin, paper.width - 2 * paper.margin
    found: list[Shape] = [*block(left, 7, room * 0.5, 10, slip.shop, (16, 14, 12, 10), measure, bold=True)]
    title = f"发货单 {slip.number} / {slip.total}" if slip.total > 1 else "发货单"
    found.append(Text(left, 21.5, title, 11, True))
    found.append(Bars(right - room * 0.46, 7, room * 0.46, 11, slip.order_no))
    found.append(Text(right, 22, cut(slip.order_no, room * 0.46, 9, measure), 9, False, "right"))
    person = slip.receiver
    who = "  ".join(filter(None, (person.name, person.phone, person.address)))
    ordered = _local(slip.ordered_at, "下单")
    found += block(left, 25, room, 5, ordered, (9, 8), measure)
    found += block(left, 30, room, 8.5, f"收件 {who}" if who else "", (9, 8, 7), measure)
    return found, 40.0


def _slip_again(slip: PackingSlip, paper: Paper, measure: Measure) -> tuple[list[Shape], float]:
    told = cut(f"{slip.shop}  发货单 {slip.order_no}", paper.width - 2 * paper.margin, 10, measure)
    return [Text(paper.margin, 12, told, 10, True)], 15.0


def _slip_end(slip: PackingSlip, paper: Paper, measure: Measure, y: float) -> list[Shape]:
    units = sum(line.units for line in slip.lines)
    end: list[Shape] = [Text(paper.width - paper.margin - 1, y + 6, f"共 {units} 件", 10, True, "right")]
    if slip.note:
        room = paper.width - 2 * paper.margin
        end += block(paper.margin, y + 8, room, 13, f"买家留言：{slip.note}", (9, 8, 7), measure)
    return end


def pick_pages(picks: PickList, measure: Measure, paper: Paper = A4) -> list[Page]:
    """The pick list of one warehouse, place by place, with boxes to tick."""
    columns = [Column("库位", 2.2), Column("SKU", 2.8), Column("商品", 5.2), Column("规格", 2.4),
               Column("件数", 1.1, "right"), Column("订单", 1.1, "right"), Column("✓", 0.9, boxed=True)]  # fmt: skip
    rows = [
        [Cell(row.location or "—", True), Cell(row.sku), Cell(row.title), Cell(row.variant), Cell(str(row.units), True),
         Cell(str(row.orders)), Cell("")]
        for row in picks.rows
    ]  # fmt: skip

    def head(is_first: bool) -> tuple[list[Shape], float]:
        room = paper.width - 2 * paper.margin
        title = block(paper.margin, 8, room, 9, f"拣货单  {picks.warehouse}", (16, 14, 12), measure, bold=True)
        units = sum(row.units for row in picks.rows)
        told = f"{len(picks.rows)} 种  {units} 件  {picks.orders} 单"
        return [*title, *block(paper.margin, 17, room, 5, told, (9, 8), measure)], 24.0

    foot = "  ".join(filter(None, (picks.warehouse, _local(picks.printed_at, "打印"))))
    return table_pages(paper, columns, rows, head, measure, size=9.5, foot=foot)
