"""Lists that a verb answers as a whole: good rows are kept, a bad one is a finding. Imports `kit`, `models`, `errors`.

Streams have pages for this (`kit.decode.decode_page`); what is here is for short lists such as carriers or addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pydantic import ValidationError

from orderhub.errors import DecodeError
from orderhub.kit.decode import decode_page
from orderhub.kit.net import UNSHAPED, where
from orderhub.models.outcome import Finding

__all__ = ["Rows", "joined", "read_rows"]

M = TypeVar("M")


class Rows(list[M]):
    """The rows of a list that could be read.

    Attributes:
        findings: One for each row that could not.
    """

    def __init__(self, items: Iterable[M] = (), findings: Iterable[Finding] = ()) -> None:
        super().__init__(items)
        self.findings = tuple(findings)


def read_rows(
    documents: Iterable[Any], one: Callable[[Any], M], *, platform: str, path: str, order_id: str | None = None,
    may_all_fail: bool = False,
) -> Rows[M]:  # fmt: skip
    """Read each row by itself.

    Args:
        one: row -> what it says; a failure names the row, before its own path, and takes no other with it.
        path: Where the list stands in the reply.
        order_id: The order that the list is about, if any.
        may_all_fail: The list is part of a page: that none of its rows can be read is told by findings alone.
    Raises:
        DecodeError: There are rows, and none can be read: the list is not what its page says.
    """

    def read(numbered: Any) -> tuple[M, list[Finding]]:
        number, row = numbered
        try:
            return one(row), []
        except ValidationError:
            raise
        except DecodeError as error:
            error.path = f"{path}[{number}]" + (f".{error.path}" if error.path else "")
            raise
        except UNSHAPED as error:
            told = f"a row is not shaped as documented ({where(error)})"
            raise DecodeError(told, platform=platform, path=f"{path}[{number}]") from None

    page = decode_page(enumerate(documents), read, platform=platform, id_of=lambda _: order_id)
    if page.findings and not page.items and not may_all_fail:
        first = page.findings[0]
        raise DecodeError(first.message, platform=platform, path=first.path, value=first.value)
    return Rows(page.items, page.findings)


def joined(parts: Rows[Rows[M]]) -> Rows[M]:
    """Lists inside of a list as one, with all that is told of either."""
    told = [*parts.findings, *(finding for part in parts for finding in part.findings)]
    return Rows((row for part in parts for row in part), told)
