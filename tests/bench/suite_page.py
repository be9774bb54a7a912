"""Figures out of a job's words, and the table of docs/explanation/performance.md made of them. Imports the job table."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from suite_jobs import JOBS, Figure, Job

__all__ = ["figures_of", "lines_of", "verdict", "write_pages"]

MARK = re.compile(r"(<!-- measured: (?P<what>\w+) -->\n).*?(<!-- end of measured -->)", re.S)


def figures_of(job: Job, found: Mapping[str, Any]) -> dict[Figure, dict[str, float]]:
    """What the job's words say, by figure; a figure that they do not tell is left out."""
    told: dict[Figure, dict[str, float]] = {}
    for figure in job.figures:
        if hits := list(re.finditer(figure.pattern, found["output"])):
            groups = hits[-1].groupdict()
            told[figure] = {name: float(text.replace(",", "").rstrip(".")) for name, text in groups.items() if text}
    return told


def verdict(figure: Figure, told: Mapping[str, float]) -> str:
    """`beyond`, `reached` or `missed`; `-` where there is no goal."""
    value = told.get(figure.by)
    if value is None or (figure.reach is None and figure.beyond is None):
        return "-"

    def holds(goal: float | None) -> bool:
        return goal is not None and (value >= goal if figure.most else value <= goal)

    return "beyond" if holds(figure.beyond) else "reached" if holds(figure.reach) else "missed"


def number(value: float | None) -> str:
    """Three digits that mean something."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def lines_of(job: Job, found: Mapping[str, Any]) -> list[str]:
    """For the terminal."""
    head = [f"FAILED: {' '.join(found['failed'])}"] if found["failed"] else []
    rows = [
        f"{figure.name:58} {number(told.get('value')):>12} {figure.unit:10} ratio {number(told.get('ratio')):>7}  "
        f"{verdict(figure, told)}"
        for figure, told in figures_of(job, found).items()
    ]
    return [
        *head,
        *rows,
        f"({found['seconds']:.0f} s, {found['load'][0]} cores busy before, load {found['load'][1]} after)",
    ]


def row_of(figure: Figure, told: Mapping[str, float], load: float) -> str:
    cells = [
        figure.name,
        f"{number(told.get('value'))} {figure.unit}".strip() if "value" in told else "-",
        number(told.get("ratio")),
        number(figure.reach), number(figure.beyond), figure.limit, figure.peer, verdict(figure, told), f"{load:.1f}",
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def table(found: Mapping[str, Mapping[str, Any]]) -> str:
    head = ("Job", "Here", "Ratio", "Reach", "Beyond", "Limit", "Best other design", "", "Others")
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for job in JOBS:
        if (told := found.get(job.name)) is not None:
            lines += [row_of(figure, figures, told["load"][0]) for figure, figures in figures_of(job, told).items()]
    return "\n".join(lines)


def machine(found: Mapping[str, Mapping[str, Any]]) -> str:
    """What it was measured on, and when."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    days = sorted({told["at"][:10] for told in found.values()}) or [datetime.now(UTC).date().isoformat()]
    loads = [told["load"][0] for told in found.values()] or [0.0]
    small = [job.name for job in JOBS if job.name in found and found[job.name]["arguments"] != list(job.full)]
    commits = sorted({told["commit"] for told in found.values()})
    return (
        f"Measured {' and '.join(days)} at {', '.join(commits)}: {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}. *Others* is how many cores were "
        f"busy before a job began, {min(loads):.1f} to {max(loads):.1f}: above 0.3 the machine was shared, and absolute "
        "figures are too low." + (f" At small sizes: {', '.join(small)}." if small else "")
    )


def scaling(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Rates by number of servers and of workers, as the job's words tell them."""
    hits = re.findall(r"^(servers|workers) (\d+): ([\d,]+) (\S+)$", found["capacity"]["output"], re.M)
    first = {name: float(rate.replace(",", "")) for name, count, rate, _ in hits if count == "1"}
    rows = [
        f"| {name} | {count} | {rate} {unit} | {float(rate.replace(',', '')) / first[name]:.2f} |"
        for name, count, rate, unit in hits
    ]
    return "\n".join(["| Spread over | how many | rate | times the rate of one |", "|" + " --- |" * 4, *rows])


def computed(found: Mapping[str, Mapping[str, Any]], at: int) -> str:
    """The tables that the capacity job works out: needs first, quotas second."""
    lines = found["capacity"]["output"].splitlines()
    tables = "\n".join(line if line.startswith("|") else "" for line in lines).strip().split("\n\n")
    return [table for table in tables if table.strip()][at].strip()


def write_pages(folder: Path, found: Mapping[str, Mapping[str, Any]]) -> None:
    """Replace the measured blocks of the pages whose jobs have run."""
    write_page(folder / "performance.md", {"machine": machine(found), "table": table(found)})
    if "capacity" in found and not found["capacity"]["failed"]:
        alone = {"capacity": found["capacity"]}
        blocks = {"machine": machine(alone), "scaling": scaling(found), "needs": computed(found, 0)}
        write_page(folder / "capacity.md", {**blocks, "quotas": computed(found, 1)})


def write_page(path: Path, blocks: Mapping[str, str]) -> None:
    """Replace the measured blocks of one page."""
    text = path.read_text(encoding="utf-8")
    path.write_text(MARK.sub(lambda hit: f"{hit[1]}\n{blocks[hit['what']]}\n\n{hit[3]}", text), encoding="utf-8")
