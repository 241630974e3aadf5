"""Form fields of several apps: a moment in the course's time zone, one uploaded file, several of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _


class MomentInput(forms.DateTimeInput):
    """The browser's own picker; the page activates the course's time zone, in which it reads and shows."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class MomentField(forms.DateTimeField):
    widget = MomentInput

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], **options)
        self.widget = MomentInput()


def not_too_large(file: UploadedFile) -> UploadedFile:
    """Refuses what the site is set not to take, before anything reads it."""
    if file.size is not None and file.size > settings.UPLOAD_BYTES:
        raise forms.ValidationError(
            _("“%(name)s” has %(size)s; this site takes files up to %(most)s. Send a smaller one.")
            % {"name": file.name, "size": filesizeformat(file.size), "most": filesizeformat(settings.UPLOAD_BYTES)},
            code="too_large",
        )
    return file


class UploadField(forms.FileField):
    """One file, from a drop zone; `accept` is what the browser's file dialog offers first."""

    def __init__(self, *, accept: str, **options: Any) -> None:
        options.setdefault("widget", forms.FileInput(attrs={"accept": accept}))
        options.setdefault("max_length", 120)
        super().__init__(allow_empty_file=True, **options)  # an empty file gets the better message of the reader

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        return not_too_large(file) if file else file


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files at once, as a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=ManyFilesInput(attrs={"multiple": True}), allow_empty_file=True, **options)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if not files and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [not_too_large(super(ManyFilesField, self).clean(file, initial)) for file in files]
