"""Addresses of one's own account; sign-in, passwords and second factors are allauth's (/accounts/)."""

from django.urls import path

from seodang.site.accounts import views

app_name = "accounts"
urlpatterns = [
    path("setup/", views.setup, name="setup"),
    path("device/", views.device, name="device"),
    path("profile/", views.profile, name="profile"),
    path("profile/tokens/", views.tokens, name="tokens"),
    path("profile/tokens/<int:pk>/delete/", views.token_delete, name="token_delete"),
]
