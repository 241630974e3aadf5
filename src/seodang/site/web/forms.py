"""How forms look: label above, help, control, errors tied to the control, in templates of `web/forms/`.

`{{ form }}` is already good; `{% field form.name %}` renders one field. File inputs come in a drop zone.
"""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    form_template_name = "web/forms/form.html"
    field_template_name = "web/forms/field.html"
