"""Who may do what in a course. Views, API and templates ask here and never compare roles themselves.

What a person may not see answers 404 (`Http404`); what they see but may not do answers 403 (`PermissionDenied`).
Does not cover: rules of one competition (deadlines, quotas, whose entry it is), which its services hold.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404

from seodang.site.courses.models import Course, Enrollment, Role


@dataclass(frozen=True)
class Access:
    """What one person may do in one course. Site staff (superusers) act as instructors."""

    course: Course
    user: object
    role: str | None

    @property
    def may_see(self) -> bool:
        return self.role is not None

    @property
    def is_student(self) -> bool:
        return self.role == Role.STUDENT

    @property
    def may_take_part(self) -> bool:
        """Hand in work of one's own. Staff do not: they can see the truth (they post marked baselines)."""
        return self.role == Role.STUDENT

    @property
    def may_assist(self) -> bool:
        """See everybody's work, unpublished things, private boards and exports."""
        return self.role in {Role.INSTRUCTOR, Role.ASSISTANT}

    @property
    def may_manage(self) -> bool:
        """Change the course, its people and its competitions."""
        return self.role == Role.INSTRUCTOR


def of(user, course: Course) -> Access:
    """The access of a person to a course; one query."""
    if not user.is_authenticated:
        return Access(course, user, None)
    found = Enrollment.objects.filter(course=course, user=user)
    role = found.order_by("pk").values_list("role", flat=True).first()  # without the model's order and its join
    if role is None and user.is_superuser:
        role = Role.INSTRUCTOR
    return Access(course, user, role)


def course_or_404(user, slug: str) -> Access:
    """The access of a person to the course of that address.

    Raises:
        Http404: no such course, or it is none of theirs.
    """
    course = Course.objects.filter(slug=slug).first()
    if course is None:
        raise Http404
    access = of(user, course)
    if not access.may_see:
        raise Http404
    return access


def require(allowed: bool) -> None:
    """Raises PermissionDenied unless `allowed`: for what a person sees but may not do."""
    if not allowed:
        raise PermissionDenied
