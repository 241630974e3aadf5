from django.apps import AppConfig


class LabsConfig(AppConfig):
    name = "seodang.site.labs"
    label = "labs"

    def ready(self) -> None:
        from seodang.site.labs.sections import register_sections

        register_sections()
