"""Invented buyers: names, telephones and addresses all over the country. Imports nothing of the library."""

from __future__ import annotations

import random
from dataclasses import dataclass

__all__ = ["NOTES", "PLACES", "Person", "Place", "person"]


@dataclass(frozen=True, slots=True)
class Place:
    """A district; `city` is None for county-level divisions directly under a province."""

    province: str
    city: str | None
    district: str
    towns: tuple[str, ...]
    zip: str


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """One receiver. Nobody real: numbers come from the generator."""

    name: str
    mobile: str
    phone: str
    place: Place
    town: str
    detail: str


_ROWS = """
北京市|北京市|朝阳区|望京街道 三里屯街道|100020
北京市|北京市|海淀区|中关村街道 学院路街道|100080
上海市|上海市|浦东新区|陆家嘴街道 张江镇|200120
上海市|上海市|徐汇区|漕河泾街道 天平路街道|200030
天津市|天津市|南开区|学府街道|300100
重庆市|重庆市|渝中区|解放碑街道|400010
广东省|广州市|天河区|石牌街道 猎德街道|510630
广东省|深圳市|南山区|粤海街道 蛇口街道|518057
广东省|东莞市|东莞市|长安镇 虎门镇|523000
浙江省|杭州市|西湖区|三墩镇 文新街道|310012
浙江省|宁波市|鄞州区|首南街道|315100
浙江省|金华市|义乌市|稠城街道|322000
江苏省|南京市|鼓楼区|湖南路街道|210009
江苏省|苏州市|吴中区|木渎镇|215128
四川省|成都市|武侯区|桂溪街道|610041
四川省|凉山彝族自治州|西昌市|北城街道|615000
湖北省|武汉市|洪山区|关山街道|430074
湖南省|长沙市|岳麓区|望城坡街道|410006
河南省|郑州市|金水区|花园路街道|450003
河北省|石家庄市|长安区|青园街道|050011
山东省|青岛市|市南区|香港中路街道|266071
山东省|济南市|历下区|泉城路街道|250011
陕西省|西安市|雁塔区|小寨路街道|710061
辽宁省|沈阳市|和平区|马路湾街道|110001
吉林省|延边朝鲜族自治州|延吉市|河南街道|133000
黑龙江省|哈尔滨市|南岗区|花园街道|150001
安徽省|合肥市|蜀山区|三里庵街道|230031
福建省|厦门市|思明区|鼓浪屿街道|361001
江西省|南昌市|红谷滩区|沙井街道|330038
山西省|太原市|小店区|坞城街道|030006
云南省|昆明市|五华区|翠湖街道|650031
贵州省|贵阳市|观山湖区|金阳街道|550081
广西壮族自治区|南宁市|青秀区|津头街道|530022
海南省|海口市|龙华区|滨海街道|570105
甘肃省|兰州市|城关区|雁南街道|730000
青海省|西宁市|城西区|西关大街街道|810001
宁夏回族自治区|银川市|兴庆区|解放西街街道|750001
内蒙古自治区|呼和浩特市|赛罕区|人民路街道|010010
新疆维吾尔自治区|乌鲁木齐市|天山区|新华北路街道|830002
西藏自治区|拉萨市|城关区|八廓街道|850000
河南省||济源市|沁园街道|459000
湖北省||仙桃市|沙嘴街道|433000
"""


def _place(row: str) -> Place:
    province, city, district, towns, code = row.split("|")
    return Place(province, city or None, district, tuple(towns.split()), code)


PLACES: tuple[Place, ...] = tuple(_place(row) for row in _ROWS.split("\n") if row)

_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰文辉建国志梅子轩雨桐浩然欣怡"
_DOUBLE = ("欧阳", "上官", "司马", "诸葛")
_ROADS = (
    "文三路",
    "解放路",
    "人民东路",
    "中山北路",
    "科技园二路",
    "和平街",
    "建设大道",
    "滨江路",
    "学院南路",
    "长春街",
)
_ESTATES = ("翠苑小区", "阳光花园", "绿城玫瑰园", "金地名京", "万科城", "软件园B区", "师范大学家属院", "新世界公寓")

NOTES = (
    "请周末送货", "麻烦包装结实一点，谢谢", "送人的，不要放价格单", "到了放快递柜", "尽快发货！急用",
    "家里有人，直接送上门", "发顺丰可以吗", "颜色发错就退货",
)  # fmt: skip
"""What buyers write at checkout."""


def person(rng: random.Random, place: Place | None = None) -> Person:
    """Somebody somewhere; a tenth leave a landline, a twentieth have a double family name."""
    where = place or PLACES[int(rng.random() * len(PLACES))]
    family = rng.choice(_DOUBLE) if rng.random() < 0.05 else rng.choice(_FAMILY)
    given = rng.choice(_GIVEN) + (rng.choice(_GIVEN) if rng.random() < 0.7 else "")
    mobile = rng.choice(("138", "139", "150", "159", "186", "188", "177", "199")) + f"{rng.randrange(10**8):08d}"
    phone = f"0{rng.randrange(310, 999)}-{rng.randrange(10**7):07d}" if rng.random() < 0.1 else ""
    detail = f"{rng.choice(_ROADS)}{rng.randrange(1, 999)}号{rng.choice(_ESTATES)}{rng.randrange(1, 40)}幢"
    return Person(
        family + given, mobile, phone, where, rng.choice(where.towns), f"{detail}{rng.randrange(101, 3203)}室"
    )
