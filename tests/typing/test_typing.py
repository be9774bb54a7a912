"""The public surface under mypy, as a host application would see it; also proves that a wrong use is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api", reason="mypy comes with the extra dev")
HERE = Path(__file__).parent


@pytest.mark.slow
def test_the_public_surface_type_checks() -> None:
    out, err, status = api.run(
        ["--strict", "--config-file", str(HERE.parents[1] / "pyproject.toml"), str(HERE / "api.py")]
    )
    assert (status, err) == (0, ""), out
