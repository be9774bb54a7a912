"""Every raw code that a carrier documents, one by one: its status, its fine code, and that nothing else is understood.

Carriers are found by entry point; what their documents say was typed into tests/facts by hand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orderhub.kit.table import Table
from orderhub.logistics.tracking import PLAIN, unknown_codes
from orderhub.models import TrackingCode, TrackingEvent, TrackingStatus
from orderhub.plugins import CARRIERS, find, names

FACTS = Path(__file__).parents[1] / "facts"
WORDS = {"attempt_failed": "delivery_failed", "customs": "in_transit", "arrived": "at_hub", "unsettled": "unknown",
         "unverified": "unknown"}  # fmt: skip
"""The words of the facts that are other words of ours."""
FINER = {("sf", "31"): TrackingStatus.AT_HUB}
"""Where the document's word is wider than ours: SF lists the arrival at a hub among what moves."""
SECTIONS = ("statuses", "op_codes", "scan_types", "actions")
FINE: dict[str, dict[str, str]] = tomllib.loads((FACTS / "tracking_codes.toml").read_text("utf-8"))


def facts(carrier: str) -> dict[str, dict[str, list[str]]]:
    found = tomllib.loads((FACTS / f"{carrier}.toml").read_text("utf-8"))
    return {name: rows for name, rows in found.items() if name in SECTIONS}


def tables(carrier: str) -> dict[str, Table]:
    """Section of the facts -> the table that reads such events."""
    spec = find(carrier, CARRIERS).spec
    found = [table for table in spec.tables.values() if table.model is TrackingEvent]
    sections = list(facts(carrier))
    assert len(found) == len(sections), f"{carrier}: {len(found)} tables of events, {len(sections)} enumerations"
    return dict(zip(sections, found, strict=True))


def document(table: Table, raw: str) -> dict[str, Any]:
    """A wire document with this code and whatever else its table needs."""
    row = {row.field: row.path.split("|")[0] for row in table.rows}
    found = {row["waybill_no"]: "X1", row["at"]: "2026-11-11 08:00:00"}
    return {**found, row["raw_code"]: raw}


def cases() -> Iterator[tuple[str, str, str, str]]:
    for carrier in names(CARRIERS):
        for section, rows in facts(carrier).items():
            for word, codes in rows.items():
                yield from ((carrier, section, word, str(code)) for code in codes)


CASES = list(cases())


def test_every_carrier_has_its_codes_typed() -> None:
    assert {carrier for carrier, *_ in CASES} == set(names(CARRIERS))
    assert len(CASES) > 200


@pytest.mark.parametrize(("carrier", "section", "word", "raw"), CASES)
def test_a_documented_code_means_what_its_document_says(carrier: str, section: str, word: str, raw: str) -> None:
    table = tables(carrier)[section]
    found = table.decode(document(table, raw))
    status = FINER.get((carrier, raw), TrackingStatus(WORDS.get(word, word)))
    fine = FINE.get(f"{carrier}_push" if section == "actions" else carrier, {}).get(raw)
    assert (found["status"], found["raw_code"]) == (status, raw)
    assert found["code"] == (TrackingCode(fine) if fine else PLAIN.get(status))


@pytest.mark.parametrize("carrier", names(CARRIERS))
def test_a_code_of_no_document_is_kept_and_reported(carrier: str) -> None:
    for table in tables(carrier).values():
        found = TrackingEvent.model_validate(table.decode(document(table, "NEW-9999")))
        assert (found.status, found.code, found.raw_code) == (TrackingStatus.UNKNOWN, None, "NEW-9999")
        [finding] = unknown_codes(carrier, [found, found])
        assert (finding.code, finding.platform, finding.value) == ("tracking_code_unknown", carrier, "NEW-9999")


@pytest.mark.parametrize("carrier", names(CARRIERS))
def test_the_tables_know_no_code_that_no_document_has(carrier: str) -> None:
    spec, typed = find(carrier, CARRIERS).spec, {raw for name, _, _, raw in CASES if name == carrier}
    known = {raw for words in spec.words.values() if words.unknown is TrackingStatus.UNKNOWN for raw in words.words}
    assert known <= typed


def test_the_fine_codes_that_were_typed_belong_to_documented_codes() -> None:
    typed = {(carrier, raw) for carrier, _, _, raw in CASES}
    assert {(name.removesuffix("_push"), raw) for name, rows in FINE.items() for raw in rows} <= typed
