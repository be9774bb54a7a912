"""The hub of this process. A sync `Hub` may be used by many threads, which is what Django's servers have."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from orderhub import Hub
from orderhub.testing.practice import open_hub


@cache
def hub() -> Hub:
    """Opened at the first request, not at import: a forking server then opens one in each child."""
    return open_hub(settings.ORDERHUB_CONFIG)
