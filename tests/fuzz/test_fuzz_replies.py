"""Recorded replies of every platform, damaged, through the whole call: only results and the library's own errors."""

from __future__ import annotations

import contextlib
import random
import re
import tracemalloc
from collections.abc import Iterator
from time import process_time

import pytest
from plays import CALLS_MAX, SPEAKING, Damaged, cases, decode, play, recorded, verbs

from orderhub.errors import OrderHubError

ROUNDS, DOCUMENTS, SLOW_S, MEMORY_MAX = 6, 30, 1.0, 200 * 1024 * 1024


@pytest.mark.fault(8, 11, 12, 17)
@pytest.mark.parametrize("platform", SPEAKING)
def test_damaged_replies_are_results_or_typed_errors(platform: str) -> None:
    found = list(cases(platform, ROUNDS))
    assert found, "nothing was recorded"
    for verb, seed in found:
        started = process_time()
        try:
            play(platform, verb, seed)
        except OrderHubError:
            pass
        except Exception as error:
            raise AssertionError(f"{verb} seed={seed}: {type(error).__name__}: {error}"[:300]) from error
        assert process_time() - started < SLOW_S, f"{verb} seed={seed} takes too long"


@pytest.mark.fault(17, 18)
@pytest.mark.parametrize("platform", SPEAKING)
def test_damaged_documents_are_pages_or_typed_errors(platform: str) -> None:
    rng = random.Random(platform)
    tracemalloc.start()
    try:
        for number in range(DOCUMENTS):
            try:
                page = decode(platform, rng)
            except OrderHubError:
                continue
            except Exception as error:
                raise AssertionError(f"number {number}: {type(error).__name__}: {error}"[:300]) from error
            if page is None:
                pytest.skip("this connector decodes nothing without a call")
            assert all(order.order_id for order in page.items)
        assert tracemalloc.get_traced_memory()[1] < MEMORY_MAX
    finally:
        tracemalloc.stop()


_SMALL = re.compile(rb'(?<=:)\s*"?(\d{1,3})"?(?=\s*[,}\]])')
VAST = b"60000000"
"""More than anything has, and few enough that a machine survives a list of them."""


class Vast(Damaged):
    """Recorded replies in which one small number is a vast one."""

    def __init__(self, platform: str, verb: str, row: int, start: int, end: int) -> None:
        super().__init__(platform, verb, 0)
        status, headers, body = self.rows[row]
        self.rows = (*self.rows[:row], (status, headers, body[:start] + VAST + body[end:]), *self.rows[row + 1 :])
        self.place = f"reply {row}, {body[max(0, start - 40) : end].decode(errors='replace')}"

    def damaged(self, body: bytes) -> bytes:
        return body


def vast(platform: str, verb: str) -> Iterator[Vast]:
    for number, (_, _, body) in enumerate(recorded(platform, verb)[:CALLS_MAX]):
        for found in _SMALL.finditer(body):
            yield Vast(platform, verb, number, *found.span(1))


@pytest.mark.fault(17)
@pytest.mark.parametrize("platform", SPEAKING)
def test_a_vast_number_in_a_reply_takes_no_time(platform: str) -> None:
    """Nothing is made unit by unit or second by second of what a reply says there is."""
    for verb in verbs(platform):
        for transport in vast(platform, verb):
            started = process_time()
            with contextlib.suppress(OrderHubError):
                play(platform, verb, 0, transport)
            took = process_time() - started
            assert took < SLOW_S, f"{verb}: {transport.place} takes {took:.1f} s"
