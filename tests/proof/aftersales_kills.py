"""A hub that dies after any step of an answer, or whose reply is lost, answers each case once: on four emulators.

`python tests/proof/aftersales_kills.py [platform …]`: minutes; one line per platform and fault, 1 when a law is broken.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "sandbox"))

from fulfil_world import Killed, Steps

from orderhub import Hub
from orderhub.models import Refund, Refusal
from orderhub.sandbox import World

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)
ANSWERS = {"taobao": "agree_refund", "jd": "agree_refund", "pinduoduo": "agree_refund", "suning": "refuse_refund"}
WRITES = {"taobao": "taobao.rp.refunds.agree", "jd": "jingdong.pop.afs.soa.refundapply.replyRefund",
          "pinduoduo": "pdd.refund.agree", "suning": "suning.custom.disagreerefund.modify"}  # fmt: skip
STEPS_MAX = 200


def opened(world: World, folder: str) -> Hub:
    """A new process over the same database."""
    return Hub(shops=world.shops(), warehouses=[{"code": "sh"}], database=f"sqlite:///{folder}/hub.db",
               clock=world.clock, transport=world.transport(), backfill=timedelta(days=20))  # fmt: skip


def answer(hub: Hub, platform: str, case: Refund) -> Any:
    """The answer of that platform."""
    if ANSWERS[platform] == "agree_refund":
        return hub.agree_refund(case.key)
    return hub.refuse_refund(case.key, Refusal(text="与约定不符"))


def played(platform: str, kill_after: int, fault: str | None) -> tuple[bool, list[str]]:
    """Whether the hub died, and what is wrong afterwards."""
    world = World(seed=3, platforms=[platform], shops_per_platform=1, orders=12, awkward=True, limits=False, start=START,
                  tick=lambda: 0.0)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        hub = opened(world, folder)
        hub.sync(details_max=None)
        case = next(one for one in hub.aftersales() if one.status == "requested" and one.kind == "refund_only")
        if fault is not None:
            rule = {"platform": platform, "fault": fault, "operation": WRITES[platform], "times": 1}
            assert world.control("POST", "/_sandbox/faults", {}, rule)[0] < 300
        steps = Steps(hub, kill_after)
        with suppress(Killed):
            answer(hub, platform, case)
        died = steps.done == kill_after
        hub = opened(world, folder)
        outcomes = [answer(hub, platform, case) for _ in range(3)]
        hub.close()
    took = [
        row for row in world.log(100_000) if row["operation"] == WRITES[platform] and row["fault"] != "timeout_before"
    ]
    wrong = []
    if not outcomes[-1].ok or outcomes[-1].reason != "already_done":
        wrong.append(f"not settled: {[(one.ok, one.reason, str(one.error)) for one in outcomes]}")
    if len([row for row in took if row["verdict"] == "ok"]) != 1:
        wrong.append(f"taken {[(row['verdict'], row['fault']) for row in took]}")
    return died, wrong


def broken(platform: str) -> Iterator[str]:
    """Every law that is broken on one platform."""
    for fault in (None, "timeout_after", "timeout_before"):
        for steps in range(STEPS_MAX):
            died, wrong = played(platform, steps, fault)
            yield from (f"{platform}, killed after {steps}, {fault}: {one}" for one in wrong)
            if not died:
                print(f"{platform:10} {fault or 'no fault':15} {steps:3} steps, each killed once", flush=True)
                break


if __name__ == "__main__":
    started = time.perf_counter()
    found = [line for platform in sys.argv[1:] or ANSWERS for line in broken(platform)]
    print("\n".join(found) or "every case was answered once", f"({time.perf_counter() - started:.0f} s)")
    sys.exit(bool(found))
