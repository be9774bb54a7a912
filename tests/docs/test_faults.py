"""Every row of the fault matrix has a test, or says that it has none."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from tool_modules import tool

from orderhub.testing.conformance import CHECKS
from orderhub.testing.orders import STORE_LAWS

ROOT = Path(__file__).parents[2]


def matrix() -> ModuleType:
    return tool("faults")


def test_rows_are_numbered_without_a_gap() -> None:
    assert list(matrix().ROWS) == list(range(1, 73))


def test_every_row_has_a_test_or_is_listed_as_not_proven() -> None:
    found = matrix()
    assert set(found.ROWS) - set(found.proofs()) - found.UNPROVEN == set()
    assert set(found.UNPROVEN) <= set(found.ROWS)


def test_every_marker_names_a_row() -> None:
    found = matrix()
    assert set(found.proofs()) - set(found.ROWS) == set()


def test_markers_and_tables_of_checks_are_read_without_importing() -> None:
    text = "PROVES = {'a_check': (3,)}\n@pytest.mark.fault(1, 2)\nasync def test_x(): ...\ndef test_y(): ...\n"
    found = [(one.row, one.name, one.words) for one in matrix().proofs_of(text, "here.py")]
    assert sorted(found) == [(1, "test_x", "x"), (2, "test_x", "x"), (3, "a_check", "a check")]


def test_checks_that_prove_rows_exist() -> None:
    found = [one for row in matrix().proofs().values() for one in row if not one.name.startswith("test_")]
    assert {one.name for one in found if one.path == "contract/test_connectors.py"} <= set(CHECKS)
    assert {one.name for one in found if one.path == "contract/test_order_store.py"} <= set(STORE_LAWS)
    assert {one.path for one in found} == {"contract/test_connectors.py", "contract/test_order_store.py"}
