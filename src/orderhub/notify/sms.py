"""Text messages through the vendors' own packages. Imports `errors`, `notify`.

Vendors send only texts that they approved, so a template of ours maps to one of theirs and to the fields that stand in
it: data, see `SmsTemplate`. Neither vendor knows a call again, so nothing is ever repeated here.
Source: the packages alibabacloud_dysmsapi20170525 and tencentcloud-sdk-python-sms (v20210111).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orderhub.errors import (
    AuthError,
    ConfigurationError,
    OrderHubError,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
    UnsupportedOperation,
)
from orderhub.notify.channels import quiet
from orderhub.notify.contacts import Contact
from orderhub.notify.events import TEMPLATES
from orderhub.notify.render import Rendered
from orderhub.notify.templates import Template

__all__ = ["AliyunSms", "SmsTemplate", "TencentSms"]

TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class SmsTemplate:
    """A vendor's template.

    Attributes:
        code: The vendor's id of the approved text.
        sign: The approved signature.
        fields: Our field to the name of the vendor's variable, in the order of its variables (Tencent numbers them).
    """

    code: str
    sign: str
    fields: Mapping[str, str] = field(default_factory=dict)


Book = Mapping[str, Mapping[str, SmsTemplate]]
"""Template to locale to the vendor's."""


class _Vendor:
    """What both have in common: the book, checked when it is given."""

    name = ""

    def __init__(self, book: Book, templates: Mapping[str, Template] = TEMPLATES) -> None:
        for name, locales in book.items():
            for locale, row in locales.items():
                known = templates[name].fields if name in templates else {}
                if strange := sorted(set(row.fields) - set(known)):
                    raise ConfigurationError(
                        f"{self.name}: {name}/{locale} wants the field {strange[0]!r}, which the template has not",
                        field=strange[0],
                    )
        self._book = book

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(sorted(self._book))})"

    def __call__(self, contact: Contact, message: Rendered) -> str | None:
        """Send one text; returns the vendor's number of it.

        Raises:
            ConfigurationError: The vendor has no such template: nothing was sent.
            RequestRejected, AuthError, RateLimited: The vendor refused: nothing was sent.
            OutcomeUnknown: It may or may not have been sent.
        """
        row = self._row(message)
        if contact.kind != "phone" or contact.extension:
            raise UnsupportedOperation(f"{self.name} texts plain mobile numbers only", operation="send_sms")
        with quiet():
            return self._send(contact.address, row, [(row.fields[name], message.values[name]) for name in row.fields])

    def _row(self, message: Rendered) -> SmsTemplate:
        locales = self._book.get(message.template, {})
        row = locales.get(message.locale) or locales.get(message.locale.partition("-")[0])
        if row is None:
            raise ConfigurationError(
                f"{self.name} has no template for {message.template}/{message.locale}; nothing was sent",
                field="template",
            )
        return row

    def _send(self, number: str, row: SmsTemplate, values: list[tuple[str, str]]) -> str | None:
        raise NotImplementedError

    def _refused(self, code: str, request_id: str | None) -> OrderHubError:
        """The vendor's no; its text may name the number, so only the code is kept."""
        low = code.casefold()
        kind: type[OrderHubError] = RequestRejected
        if any(word in low for word in ("limit_control", "limitexceeded", "throttling")):
            kind = RateLimited
        elif any(word in low for word in ("authfailure", "unauthorized", "accesskey", "signaturedoesnotmatch")):
            kind = AuthError
        return kind(
            f"{self.name} refused the text", platform=self.name, operation="send_sms", code=code, request_id=request_id
        )

    def _unknown(self, error: Exception) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"{self.name} did not answer ({type(error).__name__}); the text may have gone out",
            platform=self.name, operation="send_sms",
        )  # fmt: skip


class AliyunSms(_Vendor):
    """Aliyun's text service (extra `sms`).

    Args:
        access_key_id, access_key_secret: Of an account that may call SendSms.
        book: See `SmsTemplate`; variables are told by name.
        endpoint, protocol: Where the service is, without a scheme.
    """

    name = "aliyun"

    def __init__(
        self, access_key_id: str, access_key_secret: str, book: Book, *, endpoint: str = "dysmsapi.aliyuncs.com",
        protocol: str = "https", timeout_s: int = TIMEOUT_S, templates: Mapping[str, Template] = TEMPLATES,
    ) -> None:  # fmt: skip
        super().__init__(book, templates)
        try:
            from alibabacloud_dysmsapi20170525.client import Client
            from alibabacloud_tea_openapi.models import Config
        except ImportError:
            raise _missing() from None
        self._client: Any = Client(Config(
            access_key_id=access_key_id, access_key_secret=access_key_secret, endpoint=endpoint, protocol=protocol,
            connect_timeout=timeout_s * 1000, read_timeout=timeout_s * 1000,
        ))  # fmt: skip

    def _send(self, number: str, row: SmsTemplate, values: list[tuple[str, str]]) -> str | None:
        from alibabacloud_dysmsapi20170525.models import SendSmsRequest
        from darabonba.runtime import RuntimeOptions

        request = SendSmsRequest(
            phone_numbers=number.removeprefix("+"), sign_name=row.sign, template_code=row.code,
            template_param=json.dumps(dict(values), ensure_ascii=False) if values else None,
        )  # fmt: skip
        try:
            body = self._client.send_sms_with_options(request, RuntimeOptions(autoretry=False, max_attempts=1)).body
        except Exception as error:  # the package raises many kinds; which of them prove a refusal is decided there
            raise self._failure(error) from None
        if body.code != "OK":
            raise self._refused(str(body.code), body.request_id)
        return None if body.biz_id is None else str(body.biz_id)

    def _failure(self, error: Exception) -> OrderHubError:
        """A refusal carries the vendor's code and the status of its reply, everything else is in doubt."""
        status = getattr(error, "statusCode", None) or getattr(error, "status_code", None)
        code = getattr(error, "code", None)
        if isinstance(status, int) and 400 <= status < 500 and isinstance(code, str):
            return self._refused(code, getattr(error, "request_id", None))
        return self._unknown(error)


class TencentSms(_Vendor):
    """Tencent Cloud's text service (extra `sms`).

    Args:
        secret_id, secret_key: Of an account that may call SendSms.
        app_id: The application's SdkAppId.
        book: See `SmsTemplate`; variables are told by their order.
        endpoint, protocol: Where the service is, without a scheme.
    """

    name = "tencent"

    def __init__(
        self, secret_id: str, secret_key: str, app_id: str, book: Book, *, region: str = "ap-guangzhou",
        endpoint: str = "sms.tencentcloudapi.com", protocol: str = "https", timeout_s: int = TIMEOUT_S,
        templates: Mapping[str, Template] = TEMPLATES,
    ) -> None:  # fmt: skip
        super().__init__(book, templates)
        try:
            from tencentcloud.common.credential import Credential
            from tencentcloud.common.profile.client_profile import ClientProfile
            from tencentcloud.common.profile.http_profile import HttpProfile
            from tencentcloud.sms.v20210111.sms_client import SmsClient
        except ImportError:
            raise _missing() from None
        http = HttpProfile(protocol=protocol, endpoint=endpoint, reqTimeout=timeout_s)
        self._client: Any = SmsClient(Credential(secret_id, secret_key), region, ClientProfile(httpProfile=http))
        self._app_id = app_id

    def _send(self, number: str, row: SmsTemplate, values: list[tuple[str, str]]) -> str | None:
        from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
        from tencentcloud.sms.v20210111.models import SendSmsRequest

        request = SendSmsRequest()
        request.PhoneNumberSet = [number if number.startswith("+") else f"+86{number}"]
        request.SmsSdkAppId, request.SignName, request.TemplateId = self._app_id, row.sign, row.code
        request.TemplateParamSet = [value for _, value in values]
        try:
            reply = self._client.SendSms(request)
        except TencentCloudSDKException as error:
            if error.requestId:  # a reply of the service, not of the wire
                raise self._refused(str(error.code), error.requestId) from None
            raise self._unknown(error) from None
        [status] = reply.SendStatusSet or [None]
        if status is None:
            raise OutcomeUnknown("tencent answered without a status", platform=self.name, request_id=reply.RequestId)
        if status.Code != "Ok":
            raise self._refused(str(status.Code), reply.RequestId)
        return None if status.SerialNo is None else str(status.SerialNo)


def _missing() -> ConfigurationError:
    return ConfigurationError('text messages need pip install "orderhub[sms]"', field="channels")
