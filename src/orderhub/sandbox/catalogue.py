"""What the sandbox's merchants sell: forty goods, the same on every platform. Imports nothing of the library."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["CATALOGUE", "GOODS", "Good", "items"]


@dataclass(frozen=True, slots=True)
class Good:
    """One merchant SKU.

    Attributes:
        sku: The merchant's own code, equal in every shop of every platform.
        item: Code of the product that the SKU is a variant of.
        title: Product title, Chinese.
        options: Name and value pairs that make the variant; empty for a product sold in one version.
        price: List price of one unit, CNY, tax included.
        weight_g: Grams, packed.
    """

    sku: str
    item: str
    title: str
    options: tuple[tuple[str, str], ...]
    price: Decimal
    weight_g: int

    @property
    def price_fen(self) -> int:
        """List price of one unit in fen."""
        return int(self.price * 100)


_ROWS: tuple[tuple[str, str, str, int, tuple[str, ...]], ...] = (
    # title, names of options, price CNY, grams, variants (values joined by a slash)
    ("轻量防风冲锋衣 男女同款", "颜色分类/尺码", "459.00", 680, ("黑色/M", "黑色/L", "湖蓝/M", "湖蓝/L")),
    ("速干透气短袖T恤", "颜色分类/尺码", "59.90", 160, ("白色/M", "白色/L", "深灰/XL")),
    ("加绒休闲长裤", "颜色分类/尺码", "129.00", 520, ("卡其/30", "藏青/32")),
    ("双人防雨露营帐篷", "颜色分类", "399.00", 3200, ("军绿", "沙色")),
    ("304不锈钢保温杯", "颜色分类/容量", "89.00", 380, ("珍珠白/350ml", "曜石黑/500ml", "樱粉/350ml")),
    ("家用陶瓷餐具套装", "规格", "168.80", 4100, ("四人食16件", "六人食26件")),
    ("天然乳胶枕头", "规格", "139.00", 1150, ("波浪款", "平面款")),
    ("纯棉四件套 水洗棉", "颜色分类/尺寸", "289.00", 2300, ("雾蓝/1.5m床", "燕麦/1.8m床")),
    ("无线降噪蓝牙耳机", "颜色分类", "329.00", 210, ("白色", "黑色", "星空紫")),
    ("快充数据线 1.5米", "接口", "19.90", 60, ("Type-C", "Lightning")),
    ("氨基酸温和洁面乳", "净含量", "69.00", 190, ("120g", "120g*2")),
    ("有机燕麦片", "净含量", "36.50", 1050, ("1kg", "1kg*3")),
    ("云南小粒挂耳咖啡", "口味", "49.90", 260, ("中烘/20包", "深烘/20包")),
    ("儿童益智拼图", "款式", "45.00", 430, ("太空", "海洋")),
    ("宠物冻干双拼猫粮", "净含量", "118.00", 1580, ("1.5kg", "6kg")),
    ("桌面护眼台灯", "颜色分类", "149.00", 1350, ("象牙白", "石墨灰")),
    ("手工线装笔记本", "内页", "28.00", 310, ("横线",)),
    ("便携折叠雨伞", "颜色分类", "39.90", 350, ("藏青",)),
)


def _catalogue() -> tuple[Good, ...]:
    goods: list[Good] = []
    for number, (title, names, price, weight_g, variants) in enumerate(_ROWS, 1):
        for step, variant in enumerate(variants):
            values = variant.split("/")
            options = tuple(zip(names.split("/"), values, strict=False))
            cost = Decimal(price) + step * Decimal("3.00")
            goods.append(Good(f"SKU-{len(goods) + 1:04d}", f"ITEM-{number:02d}", title, options, cost, weight_g))
    goods.append(Good(f"SKU-{len(goods) + 1:04d}", "ITEM-19", "帆布收纳袋", (), Decimal("12.50"), 120))
    return tuple(goods)


CATALOGUE: tuple[Good, ...] = _catalogue()
"""SKU-0001 to SKU-0040; the last is a product without variants."""

GOODS: dict[str, Good] = {good.sku: good for good in CATALOGUE}


def items() -> dict[str, tuple[Good, ...]]:
    """Goods by product code, in order."""
    grouped: dict[str, list[Good]] = {}
    for good in CATALOGUE:
        grouped.setdefault(good.item, []).append(good)
    return {item: tuple(goods) for item, goods in grouped.items()}
