from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "seodang.site.config"
    label = "config"

    def ready(self) -> None:
        from seodang.site.config import checks

        checks.register()
