"""Addresses that belong to no domain: language, theme, icon, robots."""

from django.urls import path

from seodang.site.web import views

app_name = "web"
urlpatterns = [
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
    path("favicon.svg", views.favicon, name="favicon"),
    path("favicon.ico", views.favicon, name="favicon_ico"),
    path("robots.txt", views.robots, name="robots"),
]
