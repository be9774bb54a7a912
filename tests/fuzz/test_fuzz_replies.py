"""Recorded replies of every platform, damaged, through the whole call: only results and the library's own errors."""

from __future__ import annotations

import random
import tracemalloc
from time import process_time

import pytest
from plays import SPEAKING, cases, decode, play

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
