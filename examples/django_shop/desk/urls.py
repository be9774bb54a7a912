"""Where things are; platforms post to `/push/<platform>/<shop_id>`."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from desk import views

urlpatterns = [
    path("", views.orders, name="orders"),
    path("orders/<path:key>", views.order, name="order"),
    path("fulfil", views.fulfil, name="fulfil"),
    path("push/<str:platform>/<str:shop_id>", views.push, name="push"),
    path("admin/", admin.site.urls),
]
