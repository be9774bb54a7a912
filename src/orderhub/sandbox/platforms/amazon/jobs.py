"""Work that Amazon does later: what feeds and reports have in common. Source: docs/platforms/amazon.md §6.3, §8."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orderhub.sandbox.platforms.amazon.ask import Ask
from orderhub.sandbox.platforms.amazon.state import Market
from orderhub.sandbox.platforms.amazon.wire import Doc, iso, read_token

__all__ = ["STATUSES", "Job", "Jobs", "shown"]

STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")
HISTORY = timedelta(days=90)


@dataclass(slots=True)
class Job:
    """One feed or report. `spec` is what was asked for, `document_id` the result's."""

    job_id: str
    shop_id: str
    kind: str
    created: datetime
    spec: Doc = field(default_factory=dict)
    status: str = "IN_QUEUE"
    started: datetime | None = None
    ended: datetime | None = None
    document_id: str = ""


class Jobs:
    """All jobs of one API; `work` does one and sets its status and result."""

    def __init__(self, market: Market, work: Callable[[Job], None], first: int) -> None:
        self._market, self._work, self._next = market, work, first
        self.by_id: dict[str, Job] = {}

    def start(self, shop_id: str, kind: str, spec: Doc) -> Job:
        """In the queue, then in progress, then done."""
        self._next += 1
        job = Job(f"{self._next}", shop_id, kind, self._market.now(), spec)
        self.by_id[job.job_id] = job
        waits, works = self._market.switch("feed_queue_s"), self._market.switch("feed_work_s")
        self._market.later(waits, lambda: self._begin(job, waits))
        self._market.later(waits + works, lambda: self._finish(job, waits + works))
        return job

    def _begin(self, job: Job, after_s: float) -> None:
        if job.status == "IN_QUEUE":
            job.status, job.started = "IN_PROGRESS", job.created + timedelta(seconds=after_s)

    def _finish(self, job: Job, after_s: float) -> None:
        if job.status == "IN_PROGRESS":
            job.status, job.ended = "DONE", job.created + timedelta(seconds=after_s)
            self._work(job)

    def of(self, ask: Ask, job_id: str) -> Job:
        """The job of this seller; its id means nothing elsewhere."""
        job = self.by_id.get(job_id)
        if job is None or job.shop_id != ask.shop_id:
            raise ask.bad("Invalid input", "Invalid input")
        return job

    def cancel(self, ask: Ask, job_id: str) -> None:
        """Possible only while it waits."""
        job = self.of(ask, job_id)
        if job.status != "IN_QUEUE":
            raise ask.bad("Invalid input", f"The job is {job.status} and cannot be cancelled")
        job.status = "CANCELLED"

    def listed(self, ask: Ask, kinds: str) -> tuple[list[Job], str]:
        """One page, newest first, and the next token. A token comes alone, or the kinds do."""
        if ask.text("nextToken"):
            return self._resumed(ask)
        wanted = ask.many(kinds, 10)
        if not wanted:
            raise ask.bad("Invalid input", f"{kinds} or nextToken is required")
        statuses = ask.many("processingStatuses", known=STATUSES)
        places = ask.many("marketplaceIds", 10)
        since = ask.moment("createdSince") or self._market.now() - HISTORY
        until = ask.moment("createdUntil") or self._market.now()
        size = ask.whole("pageSize", 10, 1, 100)
        rows = [
            job.job_id
            for job in reversed(self.by_id.values())
            if job.shop_id == ask.shop_id
            and job.kind in wanted
            and (not statuses or job.status in statuses)
            and (not places or set(places) & set(job.spec["marketplaceIds"]))
            and since <= job.created <= until
        ]
        return self._cut(ask, rows, size)

    def _resumed(self, ask: Ask) -> tuple[list[Job], str]:
        if set(ask.query) != {"nextToken"}:
            raise ask.bad("Invalid input", "nextToken must be the only parameter")
        told = read_token(ask.text("nextToken"))
        if told is None or (told.get("op"), told.get("shop")) != (ask.operation.key, ask.shop_id):
            raise ask.bad("Invalid input", "nextToken is not valid")
        return self._cut(ask, told["rest"], told["size"])

    def _cut(self, ask: Ask, rows: list[str], size: int) -> tuple[list[Job], str]:
        token = ask.token((), rest=rows[size:], size=size) if rows[size:] else ""
        return [self.by_id[job_id] for job_id in rows[:size]], token


def shown(job: Job, names: tuple[str, str, str]) -> Doc:
    """Feed or Report; `names` are those of id, kind and document."""
    told: Doc = {names[0]: job.job_id, names[1]: job.kind, "marketplaceIds": job.spec["marketplaceIds"],
                 "createdTime": iso(job.created), "processingStatus": job.status}  # fmt: skip
    for name, at in (("processingStartTime", job.started), ("processingEndTime", job.ended)):
        if at is not None:
            told[name] = iso(at)
    return told | ({names[2]: job.document_id} if job.document_id else {})
