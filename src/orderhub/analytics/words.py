"""What the figures mean and what they are called, in English and Chinese. Tables only; imports nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

__all__ = ["DEFINITIONS", "LABELS", "PHRASES", "PROVINCE_NAMES", "VALUES", "Language", "Said"]

Language: TypeAlias = Literal["en", "zh"]


class Said(NamedTuple):
    """The same thing in both languages."""

    en: str
    zh: str


def _table(rows: Mapping[str, tuple[str, str]]) -> Mapping[str, Said]:
    return MappingProxyType({name: Said(*pair) for name, pair in rows.items()})


DEFINITIONS = _table({
    "orders": ("All orders of the row, whatever became of them.", "该行的全部订单，不论后来如何。"),
    "counted": (
        "Orders that count as sales: paid (or cash on delivery and accepted) and not cancelled. An order counts as a "
        "whole or not at all; money given back later stands under refunded.",
        "成交订单：已付款（或已受理的货到付款）且未取消。订单整单计入或整单不计，之后退回的钱记在“已退款”。",
    ),
    "units": ("Pieces in sold orders, gifts included.", "成交订单中的件数，含赠品。"),
    "sales": (
        "What buyers owe for sold orders: goods after discounts, freight, fees and tax. Each currency stands alone; "
        "nothing is converted.",
        "成交订单的应付总额：优惠后的商品金额、运费、其他费用和税。各币种分开，不做换算。",
    ),
    "refunded": (
        "Money returned so far on sold orders; a dash means that no order says how much.",
        "成交订单到目前为止退回的钱；横线表示没有订单给出金额。",
    ),
    "net": ("Sales less refunded.", "销售额减去已退款。"),
    "unpriced": (
        "Orders whose total the platform does not tell; their money is missing from the row's amount.",
        "平台没有给出总额的订单；该行金额中不含它们的钱。",
    ),
    "average": ("Sales divided by the sold orders whose total is known.", "销售额除以总额已知的成交订单数。"),
    "day": ("The calendar day on which the order was created, in the shop's own time zone.", "下单日期，按店铺所在时区。"),
    "province": (
        "Where the parcel goes: a province of China, elsewhere the country (and state) code. A dash: hidden by the "
        "platform or not recognised.",
        "收货地：中国为省级行政区，其他为国家（州）代码。横线表示平台隐藏或无法识别。",
    ),
    "status": ("The summary status of the order now.", "订单当前的汇总状态。"),
    "standing": (
        "Which orders count as sold: sold, not paid yet (deposits of a presale included), cancelled, or unclear "
        "because a status could not be read. The four add up to all orders.",
        "订单是否成交：成交、未付款（含预售定金）、已取消、状态无法识别而不确定。四类相加等于全部订单。",
    ),
    "order_amount": ("Known totals of all orders of the row, sold or not.", "该行全部订单的已知总额，不论是否成交。"),
    "sku": ("The merchant's own code; a dash where the listing has none.", "商家编码；横线表示商品没有填写。"),
    "sku_orders": ("Sold orders that contain the SKU.", "含有该商品的成交订单数。"),
    "sku_units": ("Pieces of the SKU in sold orders, gifts included.", "成交订单中该商品的件数，含赠品。"),
    "goods": (
        "What buyers pay for these goods in sold orders, after discounts; freight and fees are not in it.",
        "成交订单中该商品的优惠后金额，不含运费和其他费用。",
    ),
    "held_orders": (
        "Open orders with this reason not to ship; an order with two reasons stands in two rows.",
        "因该原因暂不可发的未完结订单；有两个原因的订单计入两行。",
    ),
    "unknown_orders": (
        "Orders in which the platform's word for this field could not be read (or is missing). They are never guessed "
        "and never shipped on a guess.",
        "该字段的平台取值无法识别（或缺失）的订单。不做猜测，也不会据此发货。",
    ),
    "on_time": ("Sold orders shipped no later than the platform's deadline.", "不晚于平台时限发出的成交订单。"),
    "late": ("Shipped after the deadline.", "超过时限才发出。"),
    "overdue": (
        "Not fully shipped, deadline passed, nothing holds them: ship these first.",
        "尚未全部发出、时限已过且无暂停原因：请最先发货。",
    ),
    "due": ("Not fully shipped, deadline still ahead.", "尚未全部发出，时限未到。"),
    "time_unknown": ("Shipped, but the platform does not tell when.", "已发出，但平台没有给出时间。"),
    "on_time_rate": (
        "On time ÷ (on time + late + overdue). Only orders with a known deadline that we must ship; orders on hold that "
        "have not left are not judged.",
        "准时 ÷（准时 + 迟发 + 逾期）。只看有时限且由商家发货的订单；未发出的暂停订单不计。",
    ),
    "cases": ("After-sale cases of this kind and state.", "该类型和状态的售后单。"),
    "case_amount": ("What these cases ask for or gave back, as far as known.", "这些售后单申请或退回的金额（已知部分）。"),
    "parcels": ("Parcels with a price.", "有运费的包裹数。"),
    "freight_cost": ("What the carriers charge for these parcels.", "承运商对这些包裹的收费。"),
    "stocked_skus": ("SKUs that the warehouse keeps, empty places included.", "仓库中的商品数，含已售空的。"),
    "on_hand": ("Units physically there.", "在库件数。"),
    "reserved": ("Units held for orders that have not left.", "为未发出的订单预占的件数。"),
    "available": ("On hand less reserved.", "在库减去预占。"),
    "low_skus": ("SKUs whose available units are at or below the report's limit.", "可用件数不高于报表下限的商品数。"),
    "count": (
        "Orders past their deadline; open orders on hold; orders with a value that could not be read; SKUs low in a "
        "warehouse.",
        "超过时限的订单；暂停中的未完结订单；有无法识别取值的订单；库存偏低的商品（按仓库）。",
    ),
    "moving_average": (
        "Sales of these four weeks divided by four; a dash until four weeks have passed.",
        "最近四周销售额的平均值；未满四周时为横线。",
    ),
    "growth": (
        "Sales less those of the week before, of those; a dash where the week before had none.",
        "与上一周销售额相比的增减比例；上一周没有销售额时为横线。",
    ),
    "refunded_orders": ("Sold orders that gave money back.", "有退款的成交订单数。"),
    "told_orders": ("Sold orders that say whether money went back.", "能确定有无退款的成交订单数。"),
    "order_rate": (
        "Orders that gave money back, of those that say so.", "有退款的订单占能确定有无退款的成交订单的比例。",
    ),
    "amount_rate": ("Money given back, of sales.", "退款金额占销售额的比例。"),
    "sent_parcels": ("Parcels of these orders with this carrier.", "由该承运商承运的包裹数。"),
    "delivered_parcels": ("Those whose delivery is known.", "已知签收时间的包裹数。"),
    "mean_hours": (
        "Hours from sending to delivery on average, of parcels where both are known.",
        "从发出到签收的平均小时数，只计两个时间都已知的包裹。",
    ),
    "customers": (
        "Buyers with sold orders, known by a keyed hash of the platform's id; a buyer whom the platform hides is not "
        "among them.",
        "有成交订单的买家，以平台买家编号的加密散列区分；平台隐藏的买家不计入。",
    ),
    "purchases": ("Sold orders of these buyers.", "这些买家的成交订单数。"),
    "spent": ("Known totals of these orders.", "这些订单的已知总额。"),
    "segment": (
        "Buyers by how lately and how often they bought, each in fifths from 1 to 5 (5 is best): champions 4-5 and 4-5, "
        "loyal 3 and 3-5, promising 4-5 and 2-3, new 4-5 and 1, at risk 1-2 and 3-5, fading 3 and 1-2, lost 1-2 and 1-2.",
        "按最近一次购买时间和购买次数各分为 1 到 5 档（5 最好）：核心 4-5 与 4-5，忠诚 3 与 3-5，潜力 4-5 与 2-3，"
        "新客 4-5 与 1，流失风险 1-2 与 3-5，渐冷 3 与 1-2，流失 1-2 与 1-2。",
    ),
    "repeat_customers": ("Those who bought more than once.", "购买超过一次的买家数。"),
    "repeat_rate": ("Buyers who bought more than once, of all of them.", "购买超过一次的买家占全部买家的比例。"),
    "cohort": ("The month of a buyer's first sold order.", "买家首次成交的月份。"),
    "months_later": ("Months after the first one; 0 is the first.", "首次成交之后的第几个月；0 为当月。"),
    "came_back": ("Buyers of the cohort who bought in that month.", "该批买家中当月有购买的人数。"),
    "retention": ("Those, of all buyers of the cohort.", "当月有购买的人数占该批买家的比例。"),
    "together": ("Sold orders that hold both.", "同时含有两个商品的成交订单数。"),
    "support": ("Those, of all sold orders with a code.", "占全部有编码的成交订单的比例。"),
    "confidence": (
        "Of the orders with the first, how many hold the second too.", "含第一个商品的订单中同时含第二个商品的比例。",
    ),
    "lift": (
        "How much oftener the two meet than by chance; 1 is chance.", "两个商品同单的频率是随机情形的几倍；1 表示无关联。",
    ),
    "average_on_hand": (
        "What was on hand on average over the last thirty days, to the second.", "最近三十天的平均在库件数，精确到秒。",
    ),
    "left_units": ("Units that left for buyers in the last thirty days.", "最近三十天发给买家的件数。"),
    "turnover": (
        "Units that left in thirty days divided by what was on hand on average.", "三十天内发出的件数除以平均在库件数。",
    ),
    "daily_units": ("Units that left, per day.", "平均每天发出的件数。"),
    "cover_days": (
        "How many days the available units last at that pace; a dash where none left.",
        "按该速度，可用件数够卖多少天；没有发出时为横线。",
    ),
    "last_left_day": ("The day on which a unit left last; a dash where none ever did.", "最近一次发出的日期；从未发出时为横线。"),
    "idle_days": (
        "Days since then. Goods are slow when none left in thirty days, or when they would last more than 180 days.",
        "距最近一次发出的天数。三十天内没有发出、或可卖天数超过 180 天的商品为滞销。",
    ),
})  # fmt: skip
"""Figure (a column of some table) -> what it means."""

LABELS = _table({
    "currency": ("Currency", "币种"), "orders": ("Orders", "订单"), "counted": ("Sold", "成交"),
    "units": ("Units", "件数"), "sales": ("Sales", "销售额"), "refunded": ("Refunded", "已退款"), "net": ("Net", "净额"),
    "unpriced": ("No total", "无总额"), "average": ("Average order", "客单价"), "day": ("Day", "日期"),
    "platform": ("Platform", "平台"), "shop_id": ("Shop", "店铺"), "province": ("Province", "省份"),
    "status": ("Status", "状态"), "standing": ("Standing", "归类"), "order_amount": ("Amount", "金额"),
    "sku": ("SKU", "商家编码"), "sku_orders": ("Orders", "订单"), "sku_units": ("Units", "件数"),
    "goods": ("Goods", "商品金额"), "hold": ("Hold", "暂停原因"), "held_orders": ("Orders", "订单"),
    "field": ("Field", "字段"), "raw_value": ("As sent", "平台原值"), "unknown_orders": ("Orders", "订单"),
    "on_time": ("On time", "准时"), "late": ("Late", "迟发"), "overdue": ("Overdue", "逾期"), "due": ("Due", "待发"),
    "time_unknown": ("No time", "无时间"), "on_time_rate": ("On-time rate", "准时率"), "kind": ("Kind", "类型"),
    "case_status": ("State", "状态"), "cases": ("Cases", "售后单"), "case_amount": ("Amount", "金额"),
    "carrier": ("Carrier", "承运商"), "parcels": ("Parcels", "包裹"), "freight_cost": ("Cost", "运费"),
    "warehouse": ("Warehouse", "仓库"), "stocked_skus": ("SKUs", "商品数"), "on_hand": ("On hand", "在库"),
    "reserved": ("Reserved", "预占"), "available": ("Available", "可用"), "low_skus": ("Low", "偏低"),
    "matter": ("Matter", "事项"), "count": ("Count", "数量"),
    "totals": ("Totals", "总计"), "attention": ("Needs a hand", "需要处理"), "by_day": ("Sales by day", "每日销售"),
    "by_platform": ("Platforms", "平台"), "by_shop": ("Shops", "店铺"), "by_province": ("Where it goes", "销往地区"),
    "by_status": ("Order status", "订单状态"), "by_standing": ("What counts as sold", "成交情况"),
    "skus": ("Best sellers", "热销商品"), "holds": ("On hold", "暂停发货"),
    "unknown_values": ("Could not be read", "无法识别的取值"), "shipping": ("Shipping on time", "发货时效"),
    "aftersales": ("After-sales", "售后"), "freight": ("Freight cost", "运费支出"), "stock": ("Stock", "库存"),
    "low_stock": ("Low stock", "库存偏低"),
    "week": ("Week of", "周起始日"), "moving_average": ("4-week average", "四周平均"), "growth": ("Growth", "环比"),
    "refunded_orders": ("Gave back", "退款订单"), "told_orders": ("Known", "可确定"), "order_rate": ("Of orders", "占订单"),
    "amount_rate": ("Of sales", "占销售额"), "sent_parcels": ("Sent", "发出"), "delivered_parcels": ("Delivered", "签收"),
    "mean_hours": ("Hours", "平均小时"), "segment": ("Segment", "客群"), "customers": ("Customers", "买家"),
    "purchases": ("Purchases", "购买次数"), "spent": ("Spent", "消费金额"),
    "repeat_customers": ("Came again", "复购买家"), "repeat_rate": ("Repeat rate", "复购率"),
    "cohort": ("First month", "首购月"), "months_later": ("Months later", "第几月"), "came_back": ("Bought", "购买人数"),
    "retention": ("Retention", "留存率"), "other_sku": ("With", "搭配"), "together": ("Together", "同单"),
    "support": ("Of all orders", "占全部订单"), "confidence": ("Of the first", "占前者"), "lift": ("Lift", "提升度"),
    "average_on_hand": ("Average", "平均在库"), "left_units": ("Left", "发出"), "turnover": ("Turns", "周转次数"),
    "daily_units": ("Per day", "日均"), "cover_days": ("Days left", "可卖天数"),
    "last_left_day": ("Last left", "最近发出"), "idle_days": ("Idle days", "闲置天数"),
    "by_week": ("Weeks", "每周走势"), "refund_rates": ("Refund rates", "退款率"),
    "carriers": ("Carriers", "承运商时效"), "segments": ("Customers by segment", "客户分群"),
    "repurchase": ("Who buys again", "复购"), "cohorts": ("Buyers who come back", "回购留存"),
    "stock_turnover": ("Stock turnover", "库存周转"), "baskets": ("Bought together", "常一起购买"), "cover": ("How long stock lasts", "库存可卖天数"),
    "slow_movers": ("Slow movers", "滞销商品"),
})  # fmt: skip
"""Name of a table or column -> its heading."""

VALUES: Mapping[str, Mapping[str, Said]] = MappingProxyType({
    "platform": _table({
        "taobao": ("Taobao", "淘宝"), "jd": ("JD", "京东"), "pinduoduo": ("Pinduoduo", "拼多多"),
        "amazon": ("Amazon", "亚马逊"), "suning": ("Suning", "苏宁"), "douyin": ("Douyin", "抖音"),
        "shopify": ("Shopify", "Shopify"), "woocommerce": ("WooCommerce", "WooCommerce"),
        "kuaishou": ("Kuaishou", "快手"), "xiaohongshu": ("Xiaohongshu", "小红书"), "wechat": ("WeChat", "微信"),
        "youzan": ("Youzan", "有赞"), "shopee": ("Shopee", "Shopee"), "lazada": ("Lazada", "Lazada"),
        "file": ("Own channel", "自有渠道"),
    }),
    "carrier": _table({
        "sf": ("SF", "顺丰"), "yto": ("YTO", "圆通"), "sto": ("STO", "申通"), "zto": ("ZTO", "中通"),
        "yunda": ("Yunda", "韵达"), "jd": ("JD", "京东"),
    }),
    "status": _table({
        "pending_payment": ("Awaiting payment", "待付款"), "awaiting_shipment": ("Awaiting shipment", "待发货"),
        "partially_shipped": ("Partly shipped", "部分发货"), "shipped": ("Shipped", "已发货"),
        "delivered": ("Delivered", "已签收"), "completed": ("Completed", "已完成"), "cancelled": ("Cancelled", "已取消"),
        "unknown": ("Unknown", "未知"),
    }),
    "standing": _table({
        "counted": ("Sold", "成交"), "not_paid": ("Not paid yet", "未付款"), "cancelled": ("Cancelled", "已取消"),
        "unclear": ("Unclear", "不确定"),
    }),
    "hold": _table({
        "refund_open": ("Refund asked for", "退款处理中"), "out_of_stock": ("Out of stock", "缺货"),
        "gift_pending": ("Gift pending", "待领赠品"), "risk_control": ("Risk control", "风控"),
        "under_review": ("Under review", "审核中"), "locked": ("Locked", "锁定"),
        "platform_pause": ("Paused by platform", "平台暂停"), "group_not_formed": ("Group not complete", "未成团"),
        "lottery": ("Lottery", "抽奖"), "presale": ("Presale", "预售"), "deposit_only": ("Deposit only", "仅付定金"),
        "pre_authorised": ("Pre-authorised", "预授权"), "buyer_cancel_requested": ("Buyer cancels", "买家申请取消"),
        "unfulfillable": ("Cannot be fulfilled", "无法履约"), "address_incomplete": ("Address incomplete", "地址不全"),
        "unknown_value": ("Unknown value", "取值未知"), "other": ("Other", "其他"),
    }),
    "field": _table({
        "status": ("Order status", "订单状态"), "line_status": ("Line status", "子订单状态"),
        "payment_status": ("Payment", "付款"), "fulfilment_status": ("Fulfilment", "履约"),
        "aftersale_status": ("After-sale", "售后"), "fulfilled_by": ("Who ships", "由谁发货"),
        "created_at": ("Time of order", "下单时间"),
    }),
    "kind": _table({
        "refund_only": ("Refund only", "仅退款"), "return_and_refund": ("Return and refund", "退货退款"),
        "exchange": ("Exchange", "换货"), "reissue": ("Reissue", "补寄"),
        "rejected_delivery": ("Refused at the door", "拒收"), "intercept": ("Intercepted", "拦截"),
        "unknown": ("Unknown", "未知"),
    }),
    "case_status": _table({
        "none": ("None", "无"), "requested": ("Requested", "已申请"), "in_progress": ("In progress", "处理中"),
        "partially_refunded": ("Partly refunded", "部分退款"), "refunded": ("Refunded", "已退款"),
        "refused": ("Refused", "已拒绝"), "closed": ("Closed", "已关闭"), "unknown": ("Unknown", "未知"),
    }),
    "segment": _table({
        "champions": ("Champions", "核心客户"), "loyal": ("Loyal", "忠诚客户"), "promising": ("Promising", "潜力客户"),
        "new": ("New", "新客户"), "at_risk": ("At risk", "流失风险"), "fading": ("Fading", "渐冷客户"),
        "lost": ("Lost", "流失客户"),
    }),
    "matter": _table({
        "overdue": ("past the shipping deadline", "单已超过发货时限"), "on_hold": ("orders on hold", "单暂停中"),
        "unread": ("orders with unknown values", "单有无法识别的取值"), "low_stock": ("places low on stock", "处库存偏低"),
    }),
})  # fmt: skip
"""Column -> its words -> how they are said; words that are not here are shown as they are."""

PROVINCE_NAMES: Mapping[str, str] = MappingProxyType({
    "北京": "Beijing", "天津": "Tianjin", "河北": "Hebei", "山西": "Shanxi", "内蒙古": "Inner Mongolia",
    "辽宁": "Liaoning", "吉林": "Jilin", "黑龙江": "Heilongjiang", "上海": "Shanghai", "江苏": "Jiangsu",
    "浙江": "Zhejiang", "安徽": "Anhui", "福建": "Fujian", "江西": "Jiangxi", "山东": "Shandong", "河南": "Henan",
    "湖北": "Hubei", "湖南": "Hunan", "广东": "Guangdong", "广西": "Guangxi", "海南": "Hainan", "重庆": "Chongqing",
    "四川": "Sichuan", "贵州": "Guizhou", "云南": "Yunnan", "西藏": "Tibet", "陕西": "Shaanxi", "甘肃": "Gansu",
    "青海": "Qinghai", "宁夏": "Ningxia", "新疆": "Xinjiang", "台湾": "Taiwan", "香港": "Hong Kong", "澳门": "Macao",
})  # fmt: skip
"""Short Chinese name -> English name."""

PHRASES = _table({
    "title": ("Orders report", "订单报表"),
    "as_of": ("As of {at} · days by {zone}", "截至 {at} · 日期按 {zone}"),
    "period": ("Orders of {first} to {last}", "{first} 至 {last} 的订单"),
    "no_orders": ("No orders in this report.", "本报表没有订单。"),
    "nothing": ("Nothing to show.", "没有内容。"),
    "all_well": ("Nothing waits for you: no overdue, held or unreadable orders, no low stock.",
                 "没有待处理事项：无逾期、暂停或无法识别的订单，库存正常。"),
    "more": ("{shown} of {all} rows; the data holds them all.", "显示 {all} 行中的 {shown} 行；数据中有全部。"),
    "definitions": ("What the figures mean", "指标说明"),
    "no_figures": (
        "Weeks, customers, pairs of goods and stock turnover are left out: install orderhub[analytics] to see them.",
        "未包含每周走势、客户、商品搭配和库存周转：安装 orderhub[analytics] 后可见。",
    ),
    "refused": (
        "Weeks, customers, pairs of goods and stock turnover are left out: {why}.",
        "未包含每周走势、客户、商品搭配和库存周转：{why}。",
    ),
    "figure": ("Figure", "指标"), "meaning": ("Meaning", "说明"),
    "no_charts": ("Charts are left out: install orderhub[report] to see them.", "未显示图表：安装 orderhub[report] 后可见。"),
    "privacy": ("No names, phones, addresses or notes are in this report.", "本报表不含姓名、电话、地址和留言。"),
})  # fmt: skip
"""Sentences of the page."""
