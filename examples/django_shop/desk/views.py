"""Pages for staff, and one address for platforms. Everything shown comes from the hub's read models: persons masked."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from desk.hub import hub
from orderhub.errors import NotFound, OrderHubError
from orderhub.hub.asgi import status_of
from orderhub.ports import OrderQuery

STATUSES = ("awaiting_shipment", "partially_shipped", "shipped", "completed", "cancelled", "unknown")
PAGE = 50


@require_GET
@staff_member_required
def orders(request: HttpRequest) -> HttpResponse:
    """The list: by state, by whatever somebody has at hand, page by page."""
    asked, status = request.GET.get("q", "").strip(), request.GET.get("status", "")
    chosen = (status,) if status in STATUSES else ()
    query = OrderQuery(status=chosen, text=asked or None, descending=True)
    try:
        page = hub().page(query, size=PAGE, after=request.GET.get("after") or None)
    except OrderHubError as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    counts = [(name, hub().count(OrderQuery(status=(name,)))) for name in STATUSES]
    return render(request, "desk/orders.html", {"page": page, "counts": counts, "status": status, "q": asked})


@require_GET
@staff_member_required
def order(request: HttpRequest, key: str) -> HttpResponse:
    """One order: lines, parcels, what stands against shipping it, and everything that happened."""
    try:
        view = hub().view(key)
    except NotFound:
        raise Http404(key) from None
    told = {"order": view, "standing": hub().standing(key), "findings": hub().audit([key])[key]}
    return render(request, "desk/order.html", told)


@require_POST
@staff_member_required
def fulfil(request: HttpRequest) -> HttpResponse:
    """Ship the orders that were ticked; each says what became of it."""
    for outcome in hub().fulfil(request.POST.getlist("key")):
        if outcome.ok:
            messages.success(
                request, f"{outcome.key}: {outcome.reason or 'shipped; its state follows with the next pull'}"
            )
        else:
            messages.error(request, f"{outcome.key}: {outcome.reason}")
    return redirect("orders")


@csrf_exempt
@require_POST
def push(request: HttpRequest, platform: str, shop_id: str) -> JsonResponse:
    """Answer a platform; its signature is checked over the body as it came, before anybody parses it."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        report = hub().receive(f"{platform}:{shop_id}", headers, request.body)
    except OrderHubError as error:
        return JsonResponse({"error": type(error).__name__}, status=status_of(error))
    return JsonResponse(report.to_dict())
