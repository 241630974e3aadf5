from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "seodang.site.accounts"
    label = "accounts"
