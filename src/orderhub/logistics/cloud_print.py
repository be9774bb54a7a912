"""What a platform's print client is told over its local socket, one message a label. Pure; imports `models`, `kit`.

Cainiao's client listens at ws://127.0.0.1:13528 and takes JSON messages; one document a message, so that a label that
did not come out can be sent again without the others. Source: docs/platforms/taobao.md#waybills.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.errors import DecodeError, UnsupportedOperation
from orderhub.kit.json import dumps, loads
from orderhub.models import PrintDocument, PrintKind, PrintPayload

__all__ = ["CLIENTS", "print_tasks"]

CAINIAO_VERSION = "1.0"
_SEALED = "encryptedData"


def _cainiao(document: PrintDocument, printer: str, preview: bool) -> dict[str, Any]:
    name = document.document_id
    task = {
        "taskID": name, "preview": preview, "printer": printer,
        "documents": [{"documentID": name, "contents": [_content(document)]}],
    }  # fmt: skip
    return {"cmd": "print", "version": CAINIAO_VERSION, "requestID": name, "task": task}


def _content(document: PrintDocument) -> dict[str, Any]:
    """The label data as it came with the template it belongs to; sealed data stay as they are.

    Raises:
        DecodeError: Not what the platform hands out; the data are never told.
    """
    found = loads(document.data)
    if not isinstance(found, Mapping):
        raise DecodeError("label data must be an object", operation="print_tasks", path="print_data")
    template = document.template_url or found.get("templateURL")
    if not template:
        raise DecodeError("label data without a template", operation="print_tasks", path="print_data.templateURL")
    if _SEALED in found:
        return {**found, "templateURL": template}
    return {"data": found.get("data", found), "templateURL": template}


CLIENTS: Mapping[str, Callable[[PrintDocument, str, bool], dict[str, Any]]] = {"cainiao": _cainiao}
"""Whose client -> the message for one document; of Pinduoduo's and JD's no message is documented."""


def print_tasks(payload: PrintPayload, *, printer: str = "", preview: bool = False) -> tuple[str, ...]:
    """Messages for the print client that a payload is made for, as JSON; they hold personal data.

    Args:
        printer: Name of a printer as the client knows it; empty for its default one.
        preview: Show the label instead of printing it.
    Raises:
        UnsupportedOperation: Nothing is documented of that client; give it the documents themselves.
    """
    make = CLIENTS.get(payload.format) if payload.kind is PrintKind.CLOUD_PRINT else None
    if make is None:
        raise UnsupportedOperation(
            f"no source documents what the print client of {payload.format or payload.kind.value!r} is told; "
            f"it is known for {', '.join(CLIENTS)}", operation="print_tasks",
        )  # fmt: skip
    return tuple(dumps(make(document, printer, preview)) for document in payload.documents)
