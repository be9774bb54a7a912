"""The report as an Excel workbook: a sheet for each table, one with what the figures mean. Pure; imports siblings."""

from __future__ import annotations

from collections.abc import Iterator

from orderhub.analytics.figures import Report, Table
from orderhub.analytics.format import defined, heading, label, phrase, said
from orderhub.analytics.sheets import Sheet, workbook
from orderhub.analytics.words import DEFINITIONS, Language

__all__ = ["report_workbook"]


def report_workbook(report: Report, language: Language = "en") -> bytes:
    """An `.xlsx`; amounts are numbers with two places shown, ids texts, days days, and nothing is a formula.

    Raises:
        ConfigurationError: The extra `excel` is missing, or a table has more rows than a sheet holds.
    """
    return workbook(_sheets(report, language), report.at)


def _sheets(report: Report, language: Language) -> Iterator[Sheet]:
    yield _about(report, language)
    for name, table in report.named:
        if table.rows:
            yield _sheet(name, table, language)
    told = {"figure": phrase("figure", language), "meaning": phrase("meaning", language)}
    rows = [(heading(name, language), defined(name, language)) for name in DEFINITIONS]
    yield Sheet(phrase("definitions", language), told, rows)


def _about(report: Report, language: Language) -> Sheet:
    when = phrase("as_of", language, at=f"{report.at:%Y-%m-%d %H:%M %Z}", zone=report.zone)
    rows = [(when,), (phrase("privacy", language),)]
    return Sheet(phrase("title", language), {"about": phrase("title", language)}, rows)


def _sheet(name: str, table: Table, language: Language) -> Sheet:
    """Words are said in the reader's language, codes and ids stay as they are."""
    names = [column.name for column in table.columns]
    rows = [tuple(said(column, cell, language) for column, cell in zip(names, row, strict=True)) for row in table.rows]
    return Sheet(label(name, language), {column: label(column, language) for column in names}, rows)
