"""Every keeper of call quotas takes the same steps; those that are shared hold across keepers and processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError, OrderHubError
from orderhub.flow.bucket import Pace
from orderhub.stores.quota_base import Quotas, Want, open_quotas
from orderhub.stores.quota_memory import MemoryQuotas

SECOND, NOON = 1_000_000, 1_772_366_400_000_000
KINDS = ("sqlite", "postgresql", "redis")
NAMES = iter(range(10**9))

Story = list[tuple[str, int, float]]
STORY: st.SearchStrategy[Story] = st.lists(
    st.tuples(st.sampled_from(["take", "take", "take", "refuse", "tell"]), st.integers(-3, 40), st.floats(0.1, 3)),
    max_size=15,
)


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/quotas.db"
    found: str = request.getfixturevalue({"postgresql": "postgres_url", "redis": "redis_url"}[request.param])
    return found


@pytest.fixture
def shared(url: str) -> Iterator[Quotas]:
    quotas = open_quotas(url)
    yield quotas
    quotas.close()


def told(quotas: Quotas, wants: list[Want], story: Story) -> list[int]:
    """What a keeper answers to one history."""
    now, waits = NOON, []
    for what, passed, number in story:
        now += passed * SECOND // 4
        if what == "take":
            waits.append(quotas.take(wants, number, now))
        elif what == "refuse":
            quotas.refuse(wants[0], now + round(number * SECOND), now)
        else:
            quotas.tell(Want(wants[0].key, Pace(number, 3.0)), now)
    return waits


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORY, rate=st.sampled_from([0.0, 0.5, 4.0]))
def test_every_keeper_answers_the_same(shared: Quotas, story: Story, rate: float) -> None:
    """The pure steps in memory are the measure; a microsecond may be lost to how a server prints numbers."""
    number = next(NAMES)
    wants = [Want(f"app/shop/{number}", Pace(rate, 2.0)), Want(f"app//{number}", Pace(1.5, 5.0))]
    for mine, theirs in zip(told(MemoryQuotas(), wants, story), told(shared, wants, story), strict=True):
        assert abs(mine - theirs) <= 1


def test_what_one_learns_the_other_heeds(url: str) -> None:
    one, two, want = open_quotas(url), open_quotas(url), Want("k", Pace(1.0, 1.0))
    assert one.take([want], 1.0, NOON) == 0
    assert two.take([want], 1.0, NOON) == SECOND
    one.refuse(want, NOON + 60 * SECOND, NOON + SECOND)
    assert two.take([want], 1.0, NOON + 2 * SECOND) >= 58 * SECOND
    one.tell(Want("free", Pace(0.5, 1.0)), NOON)
    two.take([Want("free")], 1.0, NOON)
    assert one.take([Want("free")], 1.0, NOON) == 2 * SECOND
    one.close()
    two.close()
    again = open_quotas(url)
    assert again.take([want], 0.0, NOON + 2 * SECOND) >= 58 * SECOND, "a restart forgets no refusal"
    again.close()


def test_threads_get_exactly_what_there_is(shared: Quotas) -> None:
    """Of many that ask at one instant, as many go at once as the bucket holds, and no two share a later slot."""
    want, waits = Want("k", Pace(10.0, 5.0)), list[int]()

    def ask() -> None:
        for _ in range(10):
            waits.append(shared.take([want], 1.0, NOON))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [0] * 5 + [n * SECOND // 10 for n in range(1, 36)]


ASK = """
import sys
from orderhub.flow.bucket import Pace
from orderhub.stores.quota_base import Want, open_quotas
quotas = open_quotas(sys.argv[1])
print(*(quotas.take([Want("k", Pace(10.0, 5.0))], 1.0, int(sys.argv[2])) for _ in range(15)))
quotas.close()
"""


def test_processes_get_exactly_what_there_is(url: str) -> None:
    def start() -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-c", ASK, url, str(NOON)], stdout=subprocess.PIPE, text=True,
                                env=dict(os.environ))  # fmt: skip

    told = [child.communicate(timeout=60)[0] for child in [start(), start()]]
    waits = sorted(int(word) for line in told for word in line.split())
    assert waits == [0] * 5 + [n * SECOND // 10 for n in range(1, 26)]


@pytest.mark.parametrize("wrong", ["mysql://x", "sqlite://", "sqlite:///:memory:", "quotas.db", "redis://host:port:x"])
def test_a_place_that_cannot_be_used_is_named(wrong: str) -> None:
    with pytest.raises(ConfigurationError):
        open_quotas(wrong)


def test_passwords_of_a_server_that_does_not_answer_stay_hidden(unused_tcp_port_factory: Callable[[], int]) -> None:
    port = unused_tcp_port_factory()
    for url in (f"redis://:geheim@127.0.0.1:{port}/0", f"postgresql://u:geheim@127.0.0.1:{port}/x"):
        with pytest.raises(OrderHubError) as caught:
            open_quotas(url)
        assert "geheim" not in str(caught.value)
        assert caught.value.__cause__ is None
