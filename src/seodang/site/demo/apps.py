from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "seodang.site.demo"
    label = "demo"
