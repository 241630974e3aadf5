from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "seodang.site.web"
    label = "web"
