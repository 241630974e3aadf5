from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "seodang.site.courses"
    label = "courses"

    def ready(self) -> None:
        from seodang.site.courses import arrivals

        arrivals.connect()
