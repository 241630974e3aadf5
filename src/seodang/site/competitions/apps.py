from django.apps import AppConfig


class CompetitionsConfig(AppConfig):
    name = "seodang.site.competitions"
    label = "competitions"

    def ready(self) -> None:
        from seodang.site.competitions.sections import register_sections

        register_sections()
