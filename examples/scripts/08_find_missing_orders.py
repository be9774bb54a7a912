"""Prove that no order of the last days is missing; read again what is.

Run: `python 08_find_missing_orders.py [orderhub.toml]` once a day, or after an outage. The platform counts a window,
the store counts it, and windows that differ are halved until one page holds them.
"""

from __future__ import annotations

import sys
from datetime import timedelta

from orderhub import Hub
from orderhub.testing.practice import open_hub


def main(hub: Hub, days: int = 7) -> bool:
    """Compare and repair; True when nothing is missing any more."""
    reports = hub.audit_gaps(hub.clock.now() - timedelta(days=days), repair=True)
    for report in reports:
        told = "complete" if report.ok else f"{sum(gap.left for gap in report.gaps)} still missing"
        counted = f"{report.platform} there, {report.stored} here"
        print(f"{report.shop_key:16} {counted}, {len(report.gaps)} gaps found: {told}")
    for waiting in hub.quarantined():
        print(f"in quarantine: {waiting}")
    return all(report.ok for report in reports)


if __name__ == "__main__":
    with open_hub(*sys.argv[1:2]) as hub:
        hub.sync(refunds=False)
        sys.exit(not main(hub))
