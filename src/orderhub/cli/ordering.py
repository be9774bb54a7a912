"""Commands over stored orders: list, show, audit, resolve, hold, fulfil, cancel, cases. Imports `cli`, `ports`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

import typer

from orderhub.cli.base import (
    CONFIG,
    AsJson,
    Config,
    DryRun,
    Keys,
    Limit,
    Since,
    Statuses,
    app,
    attend,
    group,
    instant,
    opened,
)
from orderhub.cli.output import note, print_json, show, working
from orderhub.cli.words import current, say
from orderhub.models import OrderStatus

__all__ = ["audit", "cancel", "cases", "fulfil", "hold", "orders_list", "orders_show", "release", "reopen", "resolve"]

Who = Annotated[str, typer.Option(help="Person or program that decides; stands in the timeline.")]
Named = Annotated[list[str], typer.Argument(help="Order keys such as taobao:tb-1:123.")]
One = Annotated[str, typer.Argument(help="Order key such as taobao:tb-1:123.")]
Sort = Literal["updated", "created", "ship_by"]
_LIST = ("key", "status", "holds", "total", "goods", "units", "receiver", "ship_by", "updated_at")
_PARCELS = ("key", "ok?", "reason", "parcels", "error")
orders = group("orders", "Orders", "Stored orders: list them, show one. Names, phones and addresses are masked.")


@orders.command("list")
def orders_list(
    config: Config = CONFIG,
    status: Statuses = None,
    platform: Annotated[str | None, typer.Option(help="Only this platform.")] = None,
    shop: Annotated[str | None, typer.Option(help="Only this shop, e.g. taobao:tb-1.")] = None,
    held: Annotated[str | None, typer.Option(help="Only orders with this hold, e.g. refund_open.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only orders with this tag of ours.")] = None,
    sku: Annotated[str | None, typer.Option(help="Only orders with this SKU.")] = None,
    text: Annotated[str | None, typer.Option(help="An order id, waybill number, SKU, buyer or phone's tail.")] = None,
    since: Since = None,
    sort: Annotated[Sort, typer.Option(help="By which time.")] = "updated",
    descending: Annotated[bool, typer.Option("--descending", help="Newest first.")] = False,
    limit: Limit = 50,
    after: Annotated[str | None, typer.Option(help="Go on where the last list ended.")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """List stored orders, page by page; personal data masked."""
    from orderhub.ports import OrderQuery

    owner, _, shop_id = (shop or "").partition(":")
    if shop and (not shop_id or (platform and platform != owner)):
        raise typer.BadParameter(f"{shop!r} is no key such as taobao:tb-1", param_hint="--shop")
    query = OrderQuery(
        status=_statuses(status), platform=owner or platform, shop_id=shop_id or None, hold=held, tag=tag, sku=sku,
        text=text, updated_from=instant(since, "since"), sort=sort, descending=descending,
    )  # fmt: skip
    with opened(config) as hub:
        page = hub.page(query, size=limit, after=after)
    rows = [row.model_dump(mode="json") for row in page.rows]
    if as_json:
        print_json({"rows": rows, "next": page.next})
        return
    show(rows, "Orders", as_json, columns=_LIST)
    if page.next:
        note("more to come; go on with --after", page.next)


@orders.command("show")
def orders_show(key: One, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Show one order with lines, parcels, cases and everything that happened to it; personal data masked."""
    with opened(config) as hub:
        view = hub.view(key)
    found = view.model_dump(mode="json")
    if as_json:
        print_json(found)
        return
    show([{"name": name, "value": held} for name, held in found["row"].items()], key, False)
    show(found["lines"], "Lines", False, columns=("sku", "title", "quantity", "shipped_quantity", "total", "status"))
    show(found["parcels"], "Parcels", False, columns=("carrier", "waybill_no", "shipped_at", "delivered_at"))
    show(found["timeline"], "Timeline", False, columns=("at", "who", "what", "status", "detail"))


@app.command(rich_help_panel="Orders")
def audit(keys: Keys = None, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Tell what stands against shipping: these orders, or all that wait."""
    with opened(config) as hub, working("auditing", as_json):
        _stored(hub, keys)
        found = hub.audit(keys or None)
    rows = [_finding(key, one) for key, findings in found.items() for one in findings]
    show(rows, "Findings", as_json, columns=("order", "code", "severity", "message", "advice"))
    note(f"{len(rows)} / {len(found)}", say("orders"), as_json=as_json)
    attend(rows)


def _finding(key: str, one: Any) -> dict[str, Any]:
    from orderhub.orders.audit_words import advice_for

    advice = advice_for(one.code, one.value, locale=current())
    return {"order": key, "code": one.code, "severity": one.severity, "message": one.message, "advice": advice,
            "path": one.path, "value": one.value}  # fmt: skip


@app.command(rich_help_panel="Orders")
def resolve(
    key: One,
    code: Annotated[str, typer.Argument(help="Code of the finding.")],
    act: Annotated[Literal["ask", "adjust", "override"], typer.Argument(help="What is decided.")],
    reason: Annotated[str, typer.Option(help="Why; no personal data.")],
    who: Who,
    field: Annotated[str | None, typer.Option(help="With adjust: the amount that is corrected.")] = None,
    value: Annotated[str | None, typer.Option(help="With adjust: the right amount.")] = None,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Decide about one finding of one order; the order is audited again at once."""
    amount = _amount(value)
    with opened(config) as hub:
        done = hub.resolve(key, code, act, reason=reason, who=who, field=field, value=amount, dry_run=dry_run)
    left = [one.code for one in done.value.findings] if done.value else []
    row = {"key": done.key, "ok": done.ok, "reason": done.reason, "message": done.value.told if done.value else "",
           "allowed": list(done.value.allowed) if done.value else [], "left": left}  # fmt: skip
    show([row], "Decided", as_json)
    attend(not done.ok, rehearsed=dry_run, as_json=as_json)


@app.command(rich_help_panel="Orders")
def hold(
    keys: Named,
    reason: Annotated[str, typer.Option(help="Why; no personal data.")],
    who: Who,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Keep orders back until they are released."""
    with opened(config) as hub:
        outcomes = hub.hold(keys, reason=reason, who=who, dry_run=dry_run)
    _outcomes(outcomes, "Decided", dry_run, as_json)


@app.command(rich_help_panel="Orders")
def release(keys: Named, who: Who, config: Config = CONFIG, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Lift holds that were set here."""
    with opened(config) as hub:
        outcomes = hub.release(keys, who=who, dry_run=dry_run)
    _outcomes(outcomes, "Decided", dry_run, as_json)


@app.command(rich_help_panel="Orders")
def fulfil(keys: Keys = None, config: Config = CONFIG, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Audit, allocate, reserve, choose carriers, get waybills, confirm: these orders, or all that wait."""
    with opened(config) as hub, working("shipping", as_json):
        _stored(hub, keys)
        outcomes = hub.fulfil(keys or None, dry_run=dry_run)
    rows = [{**_row(one), "parcels": _parcels(one.value)} for one in outcomes]
    told = rows if as_json else [{**row, "ok?": row["ok"], "parcels": _boxes(row["parcels"])} for row in rows]
    show(told, "Fulfilled", as_json, columns=_PARCELS)
    attend(not all(one.ok for one in outcomes), rehearsed=dry_run, as_json=as_json)


@app.command(rich_help_panel="Orders")
def cancel(
    key: One,
    reason: Annotated[str, typer.Option(help="Told to the platform where an unpaid order is closed there.")] = "",
    who: Who = "cli",
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Never ship this order: waybills void, stock free."""
    with opened(config) as hub:
        outcome = hub.cancel(key, reason=reason, who=who, dry_run=dry_run)
    _outcomes([outcome], "Decided", dry_run, as_json)


@app.command(rich_help_panel="Orders")
def reopen(
    key: One, who: Who = "cli", config: Config = CONFIG, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Take a cancellation back."""
    with opened(config) as hub:
        outcome = hub.reopen(key, who=who, dry_run=dry_run)
    _outcomes([outcome], "Decided", dry_run, as_json)


@app.command(rich_help_panel="Orders")
def cases(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """List after-sale cases that wait for somebody, oldest first."""
    with opened(config) as hub:
        found = hub.aftersales()
    names = (
        "key",
        "order_id",
        "kind",
        "status",
        "raw_status",
        "reason",
        "currency",
        "amount",
        "deadline_at",
        "updated_at",
    )
    rows = [{name: getattr(one, name) for name in names} for one in found]
    show(rows, "Cases", as_json, columns=("key", "order_id", "kind", "status", "amount", "deadline_at"))


def _row(one: Any) -> dict[str, Any]:
    return {"key": one.key, "ok": one.ok, "reason": one.reason, "error": str(one.error) if one.error else None}


def _outcomes(outcomes: Sequence[Any], title: str, dry_run: bool, as_json: bool) -> None:
    rows = [{**_row(one), "value": one.value} for one in outcomes]
    show(rows, title, as_json)
    attend(not all(one.ok for one in outcomes), rehearsed=dry_run, as_json=as_json)


def _parcels(done: Any) -> list[dict[str, Any]]:
    names = ("warehouse", "carrier", "waybill_no")
    return [{name: getattr(parcel, name) for name in names} for parcel in (done.parcels if done else ())]


def _boxes(parcels: Sequence[dict[str, Any]]) -> str:
    return ", ".join(" ".join(str(held) for held in one.values() if held) for one in parcels)


def _stored(hub: Any, keys: Sequence[str] | None) -> None:
    """Every key that was named is stored: else nothing is done for any."""
    from orderhub.errors import NotFound
    from orderhub.ports import OrderQuery

    if not keys:
        return
    there = {order.key for order in hub.iter_orders(OrderQuery(keys=tuple(keys)))}
    if lost := [key for key in keys if key not in there]:
        raise NotFound(f"not stored: {', '.join(lost)}; nothing was done")


def _statuses(given: Sequence[str] | None) -> tuple[str, ...]:
    words = {status.value for status in OrderStatus}
    if strange := sorted(set(given or ()) - words):
        told = f"no status {', '.join(strange)}; there are {', '.join(sorted(words))}"
        raise typer.BadParameter(told, param_hint="--status")
    return tuple(given or ())


def _amount(text: str | None) -> Decimal | None:
    try:
        found = None if text is None else Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if found is not None and not found.is_finite():
        raise typer.BadParameter(f"{text!r} is no amount", param_hint="--value")
    return found
