"""The desk over a sandbox, as a project would test it: `python manage.py test`."""

from __future__ import annotations

import json
import re
from io import StringIO

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import TestCase

from desk.hub import hub


class DeskTest(TestCase):
    """Pull by command, look at pages, ship by a form, be called by a platform."""

    def setUp(self) -> None:
        """Somebody of the staff is logged in."""
        self.client.force_login(User.objects.create_user("anna", is_staff=True))

    def command(self, *words: str) -> str:
        """What `manage.py orderhub …` prints."""
        out = StringIO()
        call_command("orderhub", *words, stdout=out)
        return out.getvalue()

    def test_a_morning_at_the_desk(self) -> None:
        """The whole way from the pull to the parcel."""
        assert "shopify:sy-1 orders" in self.command("pull")
        page = self.client.get("/", {"status": "awaiting_shipment"}).content.decode()
        assert re.search(r"\b1[3-9]\d{9}\b", page) is None
        keys = re.findall(r'name="key" value="(shopify:[^"]+)"', page)
        assert keys[0].rsplit(":", 1)[1] in self.client.get(f"/orders/{keys[0]}").content.decode()
        assert keys[0] in self.command("fulfil", "--dry-run")
        told = self.client.post("/fulfil", {"key": keys[:2]}, follow=True).content.decode()
        assert told.count('class="success"') == 2, told[:3000]
        [order] = hub().orders(keys=keys[:1])
        assert hub().standing(order.key).state == "done"
        found = self.client.get("/", {"q": order.order_id}).content.decode()
        assert len(re.findall(r'<td><a href="/orders/', found)) == 1
        assert order.order_id in self.command("pull", "track")

    def test_strangers_see_nothing(self) -> None:
        """Pages are for staff; a platform has to sign; what does not exist is not found."""
        assert self.client.get("/orders/shopify:sy-1:nope").status_code == 404
        assert self.client.get("/", {"after": "nonsense"}).status_code == 400
        self.client.logout()
        assert self.client.get("/").status_code == 302
        assert self.client.post("/fulfil", {"key": "x"}).status_code == 302
        forged = self.client.post("/push/shopify/sy-1", b"{}", content_type="application/json")
        assert forged.status_code in (400, 401)
        assert json.loads(forged.content)["error"] in ("SecurityError", "DecodeError")
