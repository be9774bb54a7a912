"""Messages out: templates as data, personal data masked, each message once per channel, at humane hours.

Imports `ports`, `models`, `normalise`, `errors`. Vendors' packages are loaded when one of their channels is made.
"""

from __future__ import annotations

from orderhub.notify.channels import AppriseSender, Channel, Sender
from orderhub.notify.compose import staff_alert
from orderhub.notify.contacts import Contact
from orderhub.notify.courier import Courier
from orderhub.notify.events import TEMPLATES
from orderhub.notify.files import read_templates
from orderhub.notify.policy import NotifyPolicy, read_notify_policy
from orderhub.notify.render import Rendered, render
from orderhub.notify.sinks import LocalSink, LogSink
from orderhub.notify.sms import AliyunSms, SmsTemplate, TencentSms
from orderhub.notify.templates import Template

__all__ = [
    "TEMPLATES", "AliyunSms", "AppriseSender", "Channel", "Contact", "Courier", "LocalSink", "LogSink", "NotifyPolicy",
    "Rendered", "Sender", "SmsTemplate", "Template", "TencentSms", "read_notify_policy", "read_templates", "render",
    "staff_alert",
]  # fmt: skip
