"""The feeds flow: documents, feeds, results. Source: docs/platforms/amazon.md §6.3, §12 (14)."""

from __future__ import annotations

from orderhub.sandbox.platforms.amazon.ask import Ask
from orderhub.sandbox.platforms.amazon.documents import Documents
from orderhub.sandbox.platforms.amazon.feed_work import Broken, done
from orderhub.sandbox.platforms.amazon.jobs import Job, Jobs, shown
from orderhub.sandbox.platforms.amazon.spec import FEED_TYPES
from orderhub.sandbox.platforms.amazon.state import Market
from orderhub.sandbox.platforms.amazon.wire import Doc

__all__ = ["Feeds"]

_NAMES = ("feedId", "feedType", "resultFeedDocumentId")


class Feeds:
    """Feeds 2021-06-30."""

    def __init__(self, market: Market, documents: Documents) -> None:
        self._market, self._documents = market, documents
        self.jobs = Jobs(market, self._work, 50_000_000)

    def document(self, ask: Ask) -> Doc:
        """createFeedDocument: an address to put the content at."""
        kind = ask.body().get("contentType")
        if not isinstance(kind, str) or not kind:
            raise ask.bad("Invalid input", "contentType is required")
        document = self._documents.make(ask.shop_id, kind)
        return {"feedDocumentId": document.document_id, "url": self._documents.address(document, "PUT")}

    def create(self, ask: Ask) -> Doc:
        """createFeed."""
        body = ask.body()
        kind, places = body.get("feedType"), body.get("marketplaceIds")
        if kind not in FEED_TYPES:
            raise ask.bad("Invalid input", "feedType is unknown or has been removed")
        if not isinstance(places, list) or not 1 <= len(places) <= 25:
            raise ask.bad("Invalid input", "marketplaceIds must name 1 to 25 marketplaces")
        if not set(places) <= {place.id for place in ask.seller.marketplaces}:
            raise ask.bad("Invalid input", "marketplaceIds names a marketplace that the seller is not in")
        document = self._documents.find(ask.shop_id, str(body.get("inputFeedDocumentId")))
        if document is None or document.body is None or document.taken:
            raise ask.bad("Invalid input", "inputFeedDocumentId is unknown, empty or used")
        document.taken = True
        spec = {"marketplaceIds": places, "input": document.document_id}
        return {"feedId": self.jobs.start(ask.shop_id, kind, spec).job_id}

    def get(self, ask: Ask) -> Doc:
        """getFeed."""
        return shown(self.jobs.of(ask, ask.path["feedId"]), _NAMES)

    def cancel(self, ask: Ask) -> Doc:
        """cancelFeed."""
        self.jobs.cancel(ask, ask.path["feedId"])
        return {}

    def listed(self, ask: Ask) -> Doc:
        """getFeeds."""
        rows, token = self.jobs.listed(ask, "feedTypes")
        return {"feeds": [shown(job, _NAMES) for job in rows]} | ({"nextToken": token} if token else {})

    def result(self, ask: Ask) -> Doc:
        """getFeedDocument."""
        document = self._documents.find(ask.shop_id, ask.path["feedDocumentId"])
        if document is None:
            raise ask.bad("Invalid input", "Invalid input")
        return self._documents.shown(document, "feedDocumentId", ask.yes("enableContentEncodingUrlHeader"))

    def _work(self, job: Job) -> None:
        content = self._documents.by_id[job.spec["input"]].body or b""
        try:
            kind, body = done(self._market, job, content)
        except Broken as broken:
            job.status, kind, body = "FATAL", "text/plain; charset=UTF-8", str(broken).encode()
        job.document_id = self._documents.make(job.shop_id, kind, body).document_id
