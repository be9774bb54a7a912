"""The classic gateway's calls by name. Source: docs/platforms/jd.md §2-§8.

Left out because no source tells what they answer: FBP orders, paused orders, staged payment, price adjustment, order
split, print data, delay reports, `ware.stock.sku.query`, site stock, and the carrier reads but one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from orderhub.sandbox.platforms.jd import (
    edits,
    ewaybill,
    extras,
    orders,
    refunds,
    services,
    ship,
    stock,
    tde,
)
from orderhub.sandbox.platforms.jd import (
    partial as parts,
)
from orderhub.sandbox.platforms.jd.ask import Ask
from orderhub.sandbox.platforms.jd.state import Doc

__all__ = ["CALLS", "Api"]


@dataclass(frozen=True, slots=True)
class Api:
    """One call: what does it, whether it needs a token, how its envelope ends."""

    handler: Callable[[Ask], Doc]
    token: bool = True
    tail: str = "_responce"


_APPLY = "jingdong.pop.afs.soa.refundapply."

CALLS: dict[str, Api] = {
    "jingdong.pop.order.search": Api(orders.search),
    "jingdong.pop.order.enSearch": Api(orders.en_search),
    "jingdong.pop.order.get": Api(orders.detail),
    "jingdong.pop.order.enGet": Api(orders.en_detail),
    "jingdong.pop.order.notPayOrderInfo": Api(orders.unpaid),
    "jingdong.pop.order.notPayOrderById": Api(orders.unpaid_one),
    "jingdong.pop.order.getRemarkByModifyTime": Api(orders.remarks_modified),
    "jingdong.pop.order.getRemarkByCreateTime": Api(orders.remarks_created),
    "jingdong.pop.order.ocs.query": Api(extras.promotions),
    "jingdong.pop.order.queryCouponDetai": Api(extras.coupons),
    "jingdong.pop.cinvoice.apply.order": Api(extras.invoice),
    "jingdong.pop.order.getmobilelist": Api(extras.mobiles),
    "jingdong.jos.order.oaid.merge": Api(extras.merge),
    "jingdong.jos.voucher.info.get": Api(tde.voucher, tail="_response"),
    "jingdong.jos.master.key.get": Api(tde.master_key, tail="_response"),
    "jingdong.jos.secret.api.report.get": Api(extras.report),
    "jingdong.pop.order.shipment": Api(ship.shipment),
    "360buy.order.sop.outstorage": Api(ship.outstorage),
    "jingdong.pop.order.sop.logistics.update": Api(ship.update),
    "jingdong.pop.order.partialship.judge": Api(parts.judge),
    "jingdong.pop.order.partial.outship": Api(parts.outship),
    "jingdong.pop.order.waybill.update": Api(ship.renumber_part),
    "jingdong.pop.order.serialCode.upload": Api(edits.serial_codes),
    "360buy.delivery.logistics.get": Api(ship.carriers),
    "jingdong.pop.order.modifyVenderRemark": Api(edits.remark),
    "jingdong.pop.order.modifyOrderAddr": Api(edits.change_address),
    "jingdong.order.orderDelete.apply": Api(edits.apply_delete),
    "jingdong.logistics.ewaybill.contract.query": Api(ewaybill.contracts),
    "jingdong.logistics.ewaybill.waybill.create": Api(ewaybill.create),
    "jingdong.logistics.ewaybill.waybill.cancel": Api(ewaybill.cancel),
    "jingdong.logistics.ewaybill.waybill.append": Api(ewaybill.append),
    "jingdong.ldop.alpha.waybill.receive": Api(ewaybill.receive),
    "jingdong.ware.stock.sku.set": Api(stock.set_skus),
    "jingdong.stock.write.updateSkuStock": Api(stock.update_sku),
    "jingdong.stock.write.increaseSkuStock": Api(stock.increase),
    "jingdong.stock.read.findSkuStock": Api(stock.find),
    "jingdong.stock.sku.state.query": Api(stock.sku_states),
    "360buy.sku.stock.update": Api(stock.legacy_update),
    _APPLY + "queryPageList": Api(refunds.listed),
    _APPLY + "queryById": Api(refunds.by_id),
    _APPLY + "getWaitRefundNum": Api(refunds.waiting),
    _APPLY + "replyRefund": Api(refunds.reply),
    "jingdong.asc.query.list": Api(services.listed),
    "jingdong.asc.sync.list": Api(services.synced),
    "jingdong.asc.query.view": Api(services.view),
    "jingdong.asc.serviceAndRefund.view": Api(services.with_refund),
    "jingdong.asc.audit.list": Api(partial(services.queue, name="audit")),
    "jingdong.asc.receive.list": Api(partial(services.queue, name="receive")),
    "jingdong.asc.process.list": Api(partial(services.queue, name="process")),
    "jingdong.asc.audit.reason.list": Api(services.reasons),
    "jingdong.b2c.shop.aftersales.refund.get": Api(services.money),
    **{name: Api(handler) for name, handler in services.ACTS.items()},
    "jingdong.vender.shop.query": Api(extras.shop),
    "jingdong.seller.vender.info.get": Api(extras.vender),
    **{
        f"jingdong.areas.{level}.get": Api(partial(extras.areas, level=level), token=False)
        for level in ("province", "city", "county", "town")
    },
}
"""Method to what it does."""
