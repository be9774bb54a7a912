"""All proofs one after the other, each in a process, and a table at the end: `python tests/proof/summary.py`.

    python tests/proof/summary.py [--share 0.01] [--only R2 R9] [--json build/proof.jsonl]

Each proof adds one JSON line to the file: its figure, script, arguments, what it told last, whether it held, seconds.
`--share` plays that part of each count; a proof without a count is played whole. Ends with 1 when one did not hold.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Proof:
    """One script: the figure it proves, its count (None: it has none) and what stands before and after it."""

    figure: str
    script: str
    count: int | None = None
    flag: str | None = None
    least: int = 1

    def words(self, share: float) -> list[str]:
        """Arguments for a share of the whole."""
        if self.count is None:
            return []
        number = str(max(self.least, round(self.count * share)))
        return [self.flag, number] if self.flag else [number]


PROOFS = (
    Proof("R1", "sync_crashes.py", 20_000),
    Proof("R2", "collect_histories.py", 100_000),
    Proof("R3", "stock_histories.py", 100_000),
    Proof("R4", "stock_kills.py", 1_000, least=16),
    Proof("R5", "power_loss.py", 200, "--stories"),
    Proof("R5", "server_kills.py", 200),
    Proof("R6", "retry_storms.py", 1_000),
    Proof("R7", "rate_days.py", 24),
    Proof("R8", "refresh_races.py", 10_000),
    Proof("R9", "push_histories.py", 100_000),
    Proof("R10", "oversell_days.py", 10_000),
    Proof("R10", "channel_histories.py", 10_000),
    Proof("R11", "waybill_lost_reply.py", 10_000),
    Proof("R11", "platform_numbers.py", 10_000),
    Proof("R12", "fuzz.py", 1_000_000, least=2_000),
    Proof("simulator", "simulated.py", 10_000),
    Proof("soak", "soak.py", 600, "--seconds", 30),
    Proof("fulfilment", "fulfil_kills.py"),
    Proof("after-sales", "aftersales_kills.py"),
    Proof("batches", "poisoned_batch.py"),
    Proof("workers", "proof_workers.py", 20, least=2),
    Proof("mutants", "mutants.py", 200, least=5),
)
"""In the order in which they are played; a script of this folder that is missing here is played at the end."""


def proofs() -> list[Proof]:
    """The table, and whatever else lies in this folder."""
    known = {proof.script for proof in PROOFS} | {Path(__file__).name}
    others = sorted(path.name for path in HERE.glob("*.py") if path.name not in known)
    return [*(proof for proof in PROOFS if (HERE / proof.script).exists()), *(Proof("-", name) for name in others)]


def played(proof: Proof, share: float) -> dict[str, Any]:
    """Run one script, passing on what it prints; its line of the summary."""
    words, began, last = proof.words(share), time.monotonic(), ""
    print(f"== {proof.figure} {proof.script} {' '.join(words)}", flush=True)
    with subprocess.Popen([sys.executable, "-u", HERE / proof.script, *words], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as running:  # fmt: skip
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    took = round(time.monotonic() - began, 1)
    return {"figure": proof.figure, "script": proof.script, "arguments": words, "held": running.returncode == 0,
            "seconds": took, "told": last}  # fmt: skip


def table(rows: list[dict[str, Any]]) -> str:
    """As text: figure, count, result, seconds, what was told."""
    lines = [f"{'figure':12} {'script':24} {'count':>9} {'result':8} {'seconds':>8}  told"]
    for row in rows:
        result, count = "held" if row["held"] else "BROKEN", row["arguments"][-1] if row["arguments"] else ""
        lines.append(
            f"{row['figure']:12} {row['script']:24} {count:>9} {result:8} {row['seconds']:8.1f}  {row['told'][:120]}"
        )
    return "\n".join(lines)


def main() -> int:
    """1 when a proof did not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--only", nargs="*", default=[], metavar="FIGURE")
    parser.add_argument("--json", type=Path, default=Path("build/proof.jsonl"))
    asked = parser.parse_args()
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    for proof in proofs():
        if asked.only and not {proof.figure, proof.script} & set(asked.only):
            continue
        rows.append(played(proof, asked.share))
        with asked.json.open("a", encoding="utf-8") as file:
            file.write(json.dumps(rows[-1], ensure_ascii=False) + "\n")
    print("\n" + table(rows))
    return not all(row["held"] for row in rows)


if __name__ == "__main__":
    sys.exit(main())
