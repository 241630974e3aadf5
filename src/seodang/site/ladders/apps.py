from django.apps import AppConfig


class LaddersConfig(AppConfig):
    name = "seodang.site.ladders"
    label = "ladders"

    def ready(self) -> None:
        from seodang.site.ladders.cleaning import clean_up_after_deletion
        from seodang.site.ladders.sections import register_sections

        register_sections()
        clean_up_after_deletion()
