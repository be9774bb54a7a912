"""Recorded replies and pushes of everyone, damaged, through the whole call: only results and the library's own errors."""

from __future__ import annotations

import contextlib
import random
import re
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from time import process_time
from typing import Any

import pytest
from plays import MARKETS, PUSHING, SPEAKERS, Damaged, cases, decode, play, read_push, vast, vast_pushes
from speakers import believed

from orderhub.errors import OrderHubError
from orderhub.kit.verbs import CARRIER_VERBS
from orderhub.models import Waybill

NUMBER = re.compile(r"(?!True|False)[A-Za-z0-9][!-~]{0,63}")
"""What a label can bear: neither nothing, nor an object, nor signs that turn the line around."""
ROUNDS, CARRIER_ROUNDS, DOCUMENTS, PUSHES, SLOW_S, MEMORY_MAX = 6, 40, 30, 120, 1.0, 200 * 1024 * 1024


def fed(name: str, act: Callable[[], Any]) -> Any:
    """What it answers, None where it raises an error of the library; whatever else it raises or takes is a fault.

    What took long is played once more: the first play of a platform makes its sandbox.
    """
    for is_last in (False, True):
        started = process_time()
        try:
            found = act()
        except OrderHubError:
            found = None
        except Exception as error:
            raise AssertionError(f"{name}: {type(error).__name__}: {error}"[:300]) from error
        took = process_time() - started
        if took < SLOW_S:
            break
        assert not is_last, f"{name} takes {took:.1f} s"
    return found


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """Memory at its highest stays below `MEMORY_MAX`."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MEMORY_MAX
    finally:
        tracemalloc.stop()


def test_every_verb_that_a_carrier_answers_was_recorded() -> None:
    """What the sandbox of a carrier can be asked is played here; what it pushes is read here."""
    for name in set(SPEAKERS) - set(MARKETS):
        speaker: Any = SPEAKERS[name]
        able = {verb for verb in CARRIER_VERBS if speaker.bench.capability(verb).available} - {"decode_push"}
        assert set(speaker.recorded) == able, name
    for name in PUSHING:
        with believed():
            assert all(SPEAKERS[name].read(push) for push in SPEAKERS[name].pushes) and SPEAKERS[name].pushes, name


@pytest.mark.fault(8, 11, 12, 17)
@pytest.mark.parametrize("name", SPEAKERS)
def test_damaged_replies_are_results_or_typed_errors(name: str) -> None:
    found = list(cases(name, ROUNDS if name in MARKETS else CARRIER_ROUNDS))
    assert found, "nothing was recorded"
    for verb, seed in found:
        made = fed(f"{verb} seed={seed}", partial(play, name, verb, seed))
        if isinstance(made, Waybill):
            assert NUMBER.fullmatch(made.waybill_no), (
                f"{verb} seed={seed}: {made.waybill_no!r:.60} is no number of a waybill"
            )


@pytest.mark.fault(17, 18)
@pytest.mark.parametrize("name", MARKETS)
def test_damaged_documents_are_pages_or_typed_errors(name: str) -> None:
    if MARKETS[name].bench.connector.decode is None:
        pytest.skip("this connector decodes nothing without a call")
    rng = random.Random(name)
    with bounded():
        for number in range(DOCUMENTS):
            page = fed(f"number {number}", lambda: decode(name, rng))
            assert page is None or all(order.order_id for order in page.items)


@pytest.mark.fault(17, 39)
@pytest.mark.parametrize("name", PUSHING)
def test_damaged_pushes_are_messages_or_typed_errors(name: str) -> None:
    """Strangers' as well as those of a sender who proved himself and talks nonsense."""
    rng = random.Random(name)
    with bounded():
        for number in range(PUSHES):
            fed(f"number {number}", lambda: read_push(name, rng))


def afresh(name: str, verb: str, transport: Damaged) -> Any:
    transport.calls = 0
    return play(name, verb, 0, transport)


@pytest.mark.fault(17)
@pytest.mark.parametrize("name", SPEAKERS)
def test_a_vast_number_in_a_reply_takes_no_time(name: str) -> None:
    """Nothing is made unit by unit or second by second of what a reply or a push says there is."""
    for verb in SPEAKERS[name].recorded:
        for transport in vast(name, verb):
            fed(f"{verb}: {transport.place}", partial(afresh, name, verb, transport))
    with believed():
        for place, push in vast_pushes(name):
            fed(f"push: {place}", partial(SPEAKERS[name].read, push))
