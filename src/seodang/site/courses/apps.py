from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "seodang.site.courses"
    label = "courses"
