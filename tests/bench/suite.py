"""All benchmarks, one process a job, told in one table: `python tests/bench/suite.py [--full] [--only NAME] [--fresh]`.

Every job's words and figures are kept in `build/bench/`, so that a run that was broken off goes on where it was; jobs
that were measured from the same source are not measured again unless `--fresh` is given. A job that ran while others
kept the machine busy is repeated once at the end while `--minutes` allow, and the quieter run counts. `--full` writes
the table into docs/explanation/performance.md at the end, `--page` writes it from what is there.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from suite_jobs import JOBS, Job
from suite_page import figures_of, lines_of, write_pages

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
QUIET = 0.3
"""Cores that others keep busy, before a job starts, up to which the machine counts as ours."""


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def source_state() -> str:
    """What the figures depend on: the library and the benchmarks, committed or not."""
    trees = [git("rev-parse", f"HEAD:{path}") for path in ("src", "tests/bench")]
    return "/".join([*trees, git("diff", "--stat", "HEAD", "--", "src", "tests/bench")])


def store(full: bool) -> Path:
    place = ROOT / "build" / "bench" / ("full" if full else "quick")
    place.mkdir(parents=True, exist_ok=True)
    return place


def cores_busy(seconds: float = 2.0) -> float:
    """Cores that are busy while nothing of ours runs; the load average would still tell of our own last job."""

    def ticks() -> tuple[int, int]:
        stat = Path("/proc/stat")
        if not stat.exists():
            return 0, 0
        told = [int(word) for word in stat.read_text().splitlines()[0].split()[1:9]]
        return told[3] + told[4], sum(told)

    idle, total = ticks()
    time.sleep(seconds)
    later, whole = ticks()
    return (os.cpu_count() or 1) * (1 - (later - idle) / (whole - total)) if whole > total else os.getloadavg()[0]


def run(job: Job, arguments: tuple[str, ...], state: str) -> dict[str, Any]:
    """One job in its own process; a failure is a result, too."""
    before, started = cores_busy(), time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run([sys.executable, str(HERE / job.script), *arguments], cwd=ROOT, capture_output=True,
                              text=True, timeout=job.minutes * 60, env=environment, check=False)  # fmt: skip
        words, failed = done.stdout, None if done.returncode == 0 else done.stderr.strip().splitlines()[-1:]
    except subprocess.TimeoutExpired as error:
        told = error.stdout or b""
        words, failed = (told.decode(errors="replace") if isinstance(told, bytes) else told), ["took too long"]
    return {
        "commit": git("rev-parse", "--short", "HEAD"), "job": job.name, "arguments": list(arguments), "state": state, "output": words, "failed": failed,
        "load": [round(before, 1), round(os.getloadavg()[0], 1)], "seconds": round(time.monotonic() - started, 1),
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
    }  # fmt: skip


def is_disturbed(found: dict[str, Any]) -> bool:
    return bool(found["load"][0] > QUIET)


def read(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text()) if path.exists() else None


def chosen(full: bool, only: list[str]) -> list[tuple[Job, tuple[str, ...]]]:
    picked = [job for job in JOBS if not only or job.name in only]
    return [(job, given) for job in picked if (given := job.full if full else job.quick) is not None]


def settle(seconds: float) -> None:
    """Wait a little for a quiet moment."""
    limit = time.monotonic() + seconds
    while cores_busy(1.0) > QUIET and time.monotonic() < limit:
        pass


def measure(todo: list[tuple[Job, tuple[str, ...]]], place: Path, fresh: bool, minutes: float) -> None:
    """Each job once, then the disturbed ones again while there is time."""
    state, limit = source_state(), time.monotonic() + minutes * 60
    for again in (False, True):
        for job, given in todo:
            path, arguments = place / f"{job.name}.json", given
            old = read(path)
            is_same = (
                old is not None and old["state"] == state and old["arguments"] == list(arguments) and not old["failed"]
            )
            if again and (old is None or not (is_disturbed(old) or old["failed"])):
                continue
            if again and time.monotonic() + (old or {}).get("seconds", 60) > limit:
                continue
            if not again and is_same and not fresh:
                print(f"== {job.name}: there, measured {old['at'] if old else ''}", flush=True)
                continue
            if not again and job.quick is not None and time.monotonic() > limit - 0.2 * minutes * 60:
                arguments = job.quick  # late: small is better than not at all
            settle(20 if again else 4)
            print(f"== {job.name}{' again' if again else ''}: {job.title}", flush=True)
            found = run(job, arguments, state)
            if again and old is not None and not old["failed"] and found["load"][0] >= old["load"][0]:
                continue
            path.write_text(json.dumps(found, ensure_ascii=False, indent=1))
            for line in lines_of(job, found):
                print(f"   {line}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page")
    parser.add_argument("--minutes", type=float, default=23.0, help="repeats stop after so many")
    arguments = parser.parse_args()
    if unknown := set(arguments.only) - {job.name for job in JOBS}:
        parser.error(f"no job {', '.join(sorted(unknown))}; there are {', '.join(job.name for job in JOBS)}")
    full = arguments.full or arguments.page
    place = store(full)
    if not arguments.page:
        measure(chosen(full, arguments.only), place, arguments.fresh, arguments.minutes)
    if full:
        found = {job.name: told for job in JOBS if (told := read(place / f"{job.name}.json")) is not None}
        write_pages(ROOT / "docs" / "explanation", found)
        if missing := [job.name for job in JOBS if job.name not in found or not figures_of(job, found[job.name])]:
            print(f"without figures: {', '.join(missing)}")


if __name__ == "__main__":
    main()
