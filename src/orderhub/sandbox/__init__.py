"""Platforms and carriers on a laptop: stateful emulators, a virtual clock, faults by name.

A second, independent reading of the fact sheets: imports only `flow`'s request and reply, `ports`, `errors`; never
`connectors`, `kit`, `models`, `logistics`. `World` answers in process; `orderhub.sandbox.server` over a socket.
"""

from __future__ import annotations

from orderhub.sandbox.world import Exchange, World

__all__ = ["Exchange", "World"]
