from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "seodang.site.jobs"
    label = "jobs"
