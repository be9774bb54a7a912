"""One authorised call, its parameters read strictly, and what it answers. Imports this folder's state and wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from orderhub.sandbox.asking import AskBase
from orderhub.sandbox.platforms.woocommerce.spec import PER_PAGE, PER_PAGE_MAX, invalid_id
from orderhub.sandbox.platforms.woocommerce.state import Doc, Good, Market, Order, Product, Shop
from orderhub.sandbox.platforms.woocommerce.wire import Refusal, cents, error_body, moment

__all__ = ["Ask", "Told", "batch"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: value, HTTP status, headers beside the usual."""

    value: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask(AskBase[Market]):
    """What a handler gets: it answers `Told` or raises `Refusal`. `ids` are the numbers in the path."""

    shop: Shop
    ids: tuple[int, ...]
    params: Mapping[str, str]
    body: Doc

    def bad(self, name: str, why: str = "") -> Refusal:
        """A parameter out of bounds."""
        return Refusal(self.switch("parameter_code"), f"Invalid parameter(s): {name}{' ' if why else ''}{why}", 400)

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds."""
        text = self.params.get(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
            raise self.bad(name, f"must be between {low} and {high}")
        return int(text)

    def listed(self, name: str) -> list[str]:
        """Values with commas between them, or as `name[]` or `name[0]`; absent is empty."""
        pairs = self.call.request.query
        many = [value for key, value in dict.fromkeys(pairs) if key.startswith(f"{name}[")]
        return many or [value.strip() for value in self.params.get(name, "").split(",") if value.strip()]

    def numbers(self, name: str) -> list[int]:
        """The same as whole numbers."""
        texts = self.listed(name)
        if not all(text.isascii() and text.isdigit() for text in texts):
            raise self.bad(name, "is not a list of integers")
        return [int(text) for text in texts]

    def flag(self, name: str) -> bool:
        """A true or false value of the query."""
        return self.params.get(name, "").lower() in ("1", "true", "yes")

    def bound(self, name: str, otherwise: float) -> float:
        """A time of the query in epoch seconds: site time, or GMT where `dates_are_gmt` says so."""
        text = self.params.get(name)
        if not text:
            return otherwise
        try:
            return moment(text, 0.0 if self.flag("dates_are_gmt") else self.shop.offset_h)
        except ValueError:
            raise self.bad(name, "is not a date") from None

    def choice(self, name: str, known: frozenset[str], default: str) -> str:
        """One word of several."""
        word = self.params.get(name, default)
        if word not in known:
            raise self.bad(name, f"is not one of {', '.join(sorted(known))}")
        return word

    def page(self, ids: Sequence[T], shown: Callable[[T], Doc]) -> Told:
        """The page asked for, with the headers that count and the links to its neighbours."""
        size = self.number("per_page", PER_PAGE, 1, PER_PAGE_MAX)
        number = self.number("page", 1, 1, 10**8)
        first = self.number("offset", (number - 1) * size, 0, 10**9)
        path = self.call.request.path
        if self.fault("repeated_page") and f"{self.shop.shop_id}{path}" in self.market.pages:
            first, size = self.market.pages[f"{self.shop.shop_id}{path}"]
        self.market.pages[f"{self.shop.shop_id}{path}"] = (first, size)
        pages = -(-len(ids) // size)
        headers = {"x-wp-total": str(len(ids)), "x-wp-totalpages": str(pages)}
        if links := self._links(number, pages):
            headers["link"] = links
        return Told([shown(one) for one in ids[first : first + size]], 200, headers)

    def _links(self, number: int, pages: int) -> str:
        """`Link` with the pages next to this one; keys and signatures do not travel in it."""
        kept = {name: value for name, value in self.params.items()
                if name != "page" and not name.startswith(("oauth_", "consumer_"))}  # fmt: skip
        there = {"first": 1, "prev": number - 1 if number > 1 else None, "next": number + 1 if number < pages else None,
                 "last": pages}  # fmt: skip
        base = f"{self.market.setup.base_url()}{self.call.request.path}"
        return ", ".join(
            f'<{base}?{urlencode({**kept, "page": page})}>; rel="{rel}"'
            for rel, page in there.items() if page and pages > 1
        )  # fmt: skip

    def order(self, number: int | None = None) -> Order:
        """The order in the path, if this shop has it and it may be seen yet."""
        order = self.market.by_shop[self.shop.shop_id].get(self.ids[0] if number is None else number)
        if order is None or order.shown_from > self.market.now():
            raise Refusal(invalid_id("shop_order"), "Invalid ID.", 404)
        return order

    def product(self, number: int | None = None) -> Product:
        """The product in the path."""
        product = self.market.products[self.shop.shop_id].get(self.ids[0] if number is None else number)
        if product is None:
            raise Refusal(invalid_id("product"), "Invalid ID.", 404)
        return product

    def good(self, number: int) -> Good:
        """The variation of the product in the path."""
        good = self.market.goods.get((self.shop.shop_id, number))
        if good is None or good.variation_id != number or good.product_id != self.ids[0]:
            raise Refusal(invalid_id("product_variation"), "Invalid ID.", 404)
        return good

    def amount(self, given: Doc, name: str, *, needed: bool = False) -> int:
        """An amount of a body in cents."""
        if given.get(name) in (None, "") and not needed:
            return 0
        try:
            return cents(given.get(name))
        except ValueError:
            raise self.bad(name, "is not an amount") from None


def read_body(raw: bytes) -> Doc:
    """A JSON object; nothing is an empty one."""
    if not raw.strip():
        return {}
    try:
        found = json.loads(raw)
    except ValueError:
        raise Refusal("rest_invalid_json", "Invalid JSON body passed.", 400) from None
    if not isinstance(found, dict):
        raise Refusal("rest_invalid_json", "The body is not an object.", 400)
    return found


def batch(ask: Ask, doers: Mapping[str, Callable[[Doc], Doc]]) -> Told:
    """`{create, update, delete}`: each entry done or refused by itself, in order."""
    found: dict[str, list[Doc]] = {}
    entries = [(verb, ask.body.get(verb) or []) for verb in ("create", "update", "delete")]
    if sum(len(rows) for _, rows in entries) > ask.switch("batch_max"):
        raise ask.bad("batch", f"has more than {ask.switch('batch_max')} entries")
    for verb, rows in entries:
        if rows and verb not in doers:
            raise ask.bad(verb, "is not done here")
        if rows:
            found[verb] = [_one(doers[verb], row if isinstance(row, dict) else {"id": row}) for row in rows]
    return Told(found)


def _one(do: Callable[[Doc], Doc], row: Doc) -> Doc:
    try:
        return do(row)
    except Refusal as refusal:
        return {"id": row.get("id", 0), "error": error_body(refusal)}
