"""Push messages in Django: one view over a sync hub, in a single file so that it can be run as it is.

Run: `ORDERHUB_CONFIG=orderhub.toml python django_push.py runserver`. Copy `push` into the views of your project and
call `hub.refetch()` from the task queue that it has anyway, or leave it to the next `hub.sync()`.
"""

from __future__ import annotations

import os
import sys
from functools import cache

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orderhub import Hub
from orderhub.errors import OrderHubError
from orderhub.hub.asgi import status_of

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1", "testserver"], ROOT_URLCONF=__name__, SECRET_KEY=os.urandom(16).hex()
    )


@cache
def hub() -> Hub:
    """One hub a process."""
    return Hub.from_config(os.environ["ORDERHUB_CONFIG"])


@csrf_exempt
@require_POST
def push(request: HttpRequest, platform: str, shop_id: str) -> JsonResponse:
    """Answer a platform: the body goes in as it came, before anybody parses it."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        report = hub().receive(f"{platform}:{shop_id}", headers, request.body)
    except OrderHubError as error:
        return JsonResponse({"error": type(error).__name__}, status=status_of(error))
    return JsonResponse(report.to_dict())


urlpatterns = [path("push/<str:platform>/<str:shop_id>", push)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
