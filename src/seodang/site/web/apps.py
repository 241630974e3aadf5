"""The web app: base templates, components, style, locale. It knows no domain."""

from django.apps import AppConfig
from django.utils.translation import get_language

from seodang.i18n import set_language_source


class WebConfig(AppConfig):
    name = "seodang.site.web"
    label = "web"

    def ready(self) -> None:
        # Errors of the toolkits shall read in the visitor's language.
        set_language_source(get_language)
