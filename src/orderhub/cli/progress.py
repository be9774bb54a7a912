"""Progress bars for long work. Imports `collect` (the report)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from orderhub.collect.report import SyncReport

__all__ = ["bars", "share_progress", "sync_progress"]


def bars(console: Console, *, quiet: bool) -> Progress:
    """One look for every bar."""
    return Progress(
        SpinnerColumn(), TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, disable=quiet,
    )  # fmt: skip


@contextmanager
def sync_progress(console: Console, shops: Iterable[str], *, quiet: bool) -> Iterator[Callable[[SyncReport], None]]:
    """A line per shop that counts orders as pages are stored."""
    with Progress(SpinnerColumn(), TextColumn("{task.description:<24} {task.completed:>7} orders"), TimeElapsedColumn(),
                  console=console, disable=quiet) as progress:  # fmt: skip
        tasks = {key: progress.add_task(key, total=None) for key in shops}

        def on_page(report: SyncReport) -> None:
            counted = report.counts["inserted"] + report.counts["updated"]
            if report.resource == "orders":
                progress.update(tasks[report.shop_key], completed=counted)

        yield on_page


@contextmanager
def share_progress(console: Console, shops: Iterable[str], *, quiet: bool) -> Iterator[Callable[[SyncReport], None]]:
    """A bar per shop that grows with the share of its span that is done."""
    with Progress(SpinnerColumn(), TextColumn("{task.description:<24}"), BarColumn(), TaskProgressColumn(),
                  TimeElapsedColumn(), console=console, disable=quiet) as progress:  # fmt: skip
        tasks = {key: progress.add_task(key, total=1.0) for key in shops}

        def on_window(report: SyncReport) -> None:
            progress.update(tasks[report.shop_key], completed=report.progress or 0.0)

        yield on_window
