"""Documents that are put and fetched at addresses of their own. Source: docs/platforms/amazon.md §6.3, §12 (14)."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call
from orderhub.sandbox.platforms.amazon.state import Market
from orderhub.sandbox.platforms.amazon.wire import Doc

__all__ = ["PATH", "Document", "Documents"]

PATH = "/sandbox/amazon/documents/"
LIFE = timedelta(days=2)


@dataclass(slots=True)
class Document:
    """One document; `body` is None until it is put there."""

    document_id: str
    shop_id: str
    content_type: str
    created: datetime
    body: bytes | None = None
    zipped: bool = False
    taken: bool = False


class Documents:
    """Every document, and the addresses given out for them."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self.by_id: dict[str, Document] = {}
        self._doors: dict[str, tuple[Document, datetime, str, bool]] = {}

    def make(self, shop_id: str, content_type: str, body: bytes | None = None, kind: str = "tortuga") -> Document:
        """A new document, with its content if it is ours."""
        name = uuid5(NAMESPACE_URL, f"{shop_id}:{kind}:{self._market.serial()}")
        document = Document(f"amzn1.{kind}.4.na.{name}", shop_id, content_type, self._market.now(), body)
        document.zipped = body is not None and bool(self._market.switch("result_gzip"))
        self.by_id[document.document_id] = document
        return document

    def find(self, shop_id: str, document_id: str) -> Document | None:
        """The document of this seller, while it lives."""
        document = self.by_id.get(document_id)
        if document is None or document.shop_id != shop_id or self._market.now() - document.created > LIFE:
            return None
        return document

    def address(self, document: Document, verb: str, unzipped: bool = False) -> str:
        """An address for one verb, which lives for some minutes."""
        key = uuid5(NAMESPACE_URL, f"{document.document_id}:{self._market.serial()}").hex
        until = self._market.now() + timedelta(seconds=self._market.switch("document_s"))
        self._doors[key] = (document, until, verb, unzipped)
        return f"{self._market.setup.base_url()}{PATH}{key}"

    def shown(self, document: Document, name: str, decoded: bool) -> Doc:
        """FeedDocument or ReportDocument; `decoded`: Content-Encoding comes with it, so clients unpack it."""
        told: Doc = {name: document.document_id, "url": self.address(document, "GET", decoded)}
        return told | ({"compressionAlgorithm": "GZIP"} if document.zipped and not decoded else {})

    def serve(self, call: Call) -> Reply:
        """One request at such an address."""
        request = call.request
        document, until, verb, unzipped = self._doors.get(request.path[len(PATH) :], (None, None, "", False))
        if document is None or until is None or self._market.now() > until or request.method != verb:
            return _no(call, 403, "AccessDenied")
        if verb == "PUT":
            if request.headers.get("content-type", "") != document.content_type:
                return _no(call, 403, "SignatureDoesNotMatch")
            document.body = request.body
            return Reply(200)
        body = document.body or b""
        packed = document.zipped and not unzipped
        return Reply(200, {"content-type": document.content_type}, gzip.compress(body, mtime=0) if packed else body)


def _no(call: Call, status: int, code: str) -> Reply:
    """The store behind the addresses speaks XML."""
    call.verdict = code
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'
    return Reply(status, {"content-type": "application/xml"}, text.encode())
