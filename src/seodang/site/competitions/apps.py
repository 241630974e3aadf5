from django.apps import AppConfig


class CompetitionsConfig(AppConfig):
    name = "seodang.site.competitions"
    label = "competitions"
