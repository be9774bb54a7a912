"""What carriers give for their sorting is read from the label data of their waybills, by the table of each."""

from __future__ import annotations

import json

import pytest

from orderhub.kit.carriers import read_marks
from orderhub.plugins import CARRIERS, find, names
from orderhub.testing.conformance.carrier_bench import CarrierBench

MARKED = [name for name in names(CARRIERS) if find(name, CARRIERS).spec.label_marks]


def test_carriers_whose_documents_tell_marks_have_a_table() -> None:
    assert MARKED == ["kdniao", "sf", "sto", "yto", "zto"]
    assert all(set(find(name, CARRIERS).spec.label_marks) <= {"sort_code", "hub", "qr"} for name in MARKED)


@pytest.mark.parametrize("name", MARKED)
def test_a_waybill_brings_its_sorting_code(name: str) -> None:
    bench = CarrierBench.of(name)
    face = bench.face(bench.world())
    waybill = bench.create(face, 1)
    assert waybill.print_payload is not None
    found = face.label_marks(waybill.print_payload)
    assert found.get("sort_code"), (found, waybill.print_payload)
    assert set(found) <= set(face.connector.spec.label_marks) and all(found.values())


def test_label_data_of_another_shape_gives_nothing_and_breaks_nothing() -> None:
    paths = {"sort_code": "0.a.b", "hub": "x"}
    assert read_marks(json.dumps([{"a": {"b": " 755W "}}]), paths) == {"sort_code": "755W"}
    for strange in ("", "{", "null", "[]", '[{"a": 5}]', '[{"a": {"b": 7}}]', '{"x": "  "}', '{"0": "a"}', "[" * 5000):
        assert read_marks(strange, paths) == {}
