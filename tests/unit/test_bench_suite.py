"""The table of benchmark jobs can be run and read: scripts are there, patterns find what the scripts print."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

import suite_page
from suite_jobs import JOBS, Figure, Job

BENCH = Path(__file__).parents[1] / "bench"


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_every_job_has_its_script_and_readable_figures(job: Job) -> None:
    assert (BENCH / job.script).exists()
    assert job.figures
    for figure in job.figures:
        groups = re.compile(figure.pattern).groupindex
        assert groups.keys() & {"value", "ratio"}
        assert figure.by in groups or (figure.reach is None and figure.beyond is None), figure.name


def test_names_are_told_once() -> None:
    names = [job.name for job in JOBS]
    assert len(names) == len(set(names))
    for job in JOBS:
        assert len({figure.name for figure in job.figures}) == len(job.figures)


def test_every_script_is_in_the_table() -> None:
    scripts = {path.name for path in BENCH.glob("bench_*.py")}
    assert scripts == {job.script for job in JOBS}


def test_figures_verdicts_and_page(tmp_path: Path) -> None:
    figure = Figure("speed", r"speed (?P<value>[\d,]+)/s; ratio (?P<ratio>[\d.]+)", "/s", 1.1, 1.05, most=False)
    job = Job("one", "title", "x.py", (), (), (figure,))
    found = {"output": "speed 1/s; ratio 9.0\nspeed 1,234/s; ratio 1.07\n"}
    told = suite_page.figures_of(job, found)
    assert told == {figure: {"value": 1234.0, "ratio": 1.07}}
    assert suite_page.verdict(figure, told[figure]) == "reached"
    assert suite_page.verdict(figure, {"ratio": 1.01}) == "beyond"
    assert suite_page.verdict(figure, {"ratio": 1.2}) == "missed"
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- measured: table -->\nold\n<!-- end of measured -->\nb\n")
    suite_page.write_page(page, {"table": "new"})
    suite_page.write_page(page, {"table": "new"})
    assert page.read_text() == "a\n<!-- measured: table -->\n\nnew\n\n<!-- end of measured -->\nb\n"


def test_the_capacity_page_takes_rates_and_tables() -> None:
    words = (
        "servers 1: 7,000 cycles/s\nservers 4: 14,000 cycles/s\nservers: scaling 2.00\n| A |\n| --- |\n| 1 |\n\n| B |\n"
    )
    found = {"capacity": {"output": words}}
    assert "| servers | 4 | 14,000 cycles/s | 2.00 |" in suite_page.scaling(found)
    assert suite_page.computed(found, 0) == "| A |\n| --- |\n| 1 |"
    assert suite_page.computed(found, 1) == "| B |"
