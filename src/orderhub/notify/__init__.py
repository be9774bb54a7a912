"""Messages out: templates as data, personal data masked, each key said once. Imports `ports`, `models`, `errors`."""

from __future__ import annotations

from orderhub.notify.compose import staff_alert
from orderhub.notify.events import TEMPLATES
from orderhub.notify.render import Rendered, render
from orderhub.notify.sinks import LocalSink, LogSink
from orderhub.notify.templates import Template

__all__ = ["TEMPLATES", "LocalSink", "LogSink", "Rendered", "Template", "render", "staff_alert"]
