"""`manage.py orderhub pull fulfil push_stock track`: what a scheduler or a task queue runs, in that order."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from desk.hub import hub
from orderhub.errors import OrderHubError


def pull(dry_run: bool) -> Iterator[str]:
    """Pull every shop, messages that wait included."""
    for report in hub().sync(dry_run=dry_run):
        yield f"{report.shop_key} {report.resource}: {report.error or report.counts['inserted']}"


def fulfil(dry_run: bool) -> Iterator[str]:
    """Ship what may be shipped."""
    for outcome in hub().fulfil(dry_run=dry_run):
        yield f"{outcome.key}: {outcome.reason or 'shipped'}"


def push_stock(dry_run: bool) -> Iterator[str]:
    """Show channels what is available."""
    for outcome in hub().push_stock(dry_run=dry_run):
        yield f"{outcome.key}: {outcome.value if outcome.ok else outcome.reason}"


def track(dry_run: bool) -> Iterator[str]:
    """Ask carriers about parcels under way."""
    for parcel in hub().track(dry_run=dry_run):
        yield f"{parcel.order_key} {parcel.waybill_no}: {parcel.status.value}"


JOBS: dict[str, Callable[[bool], Iterator[str]]] = {
    "pull": pull, "fulfil": fulfil, "push_stock": push_stock, "track": track,
}  # fmt: skip


class Command(BaseCommand):
    """One or more jobs; each is safe to repeat and to interrupt, so that a scheduler needs no lock."""

    help = "Pull orders, ship them, push stock, follow parcels."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which jobs, and whether only to tell."""
        parser.add_argument("jobs", nargs="+", choices=JOBS)
        parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the jobs; the first error ends the command with its words."""
        try:
            for job in options["jobs"]:
                for line in JOBS[job](options["dry_run"]):
                    self.stdout.write(line)
        except OrderHubError as error:
            raise CommandError(str(error)) from error
