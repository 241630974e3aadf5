"""The API of courses: those you are in."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import HttpRequest
from django.urls import reverse
from ninja import Router, Schema
from pydantic import Field

from seodang.site.courses.models import Enrollment
from seodang.site.web.api import Page, SliceQuery, errors

router = Router(tags=["courses"])


class CourseOut(Schema):
    slug: str = Field(examples=["deep-learning-2026"])
    title: str = Field(examples=["Deep Learning"])
    role: str = Field(description="instructor, assistant or student", examples=["student"])
    language: str = Field(examples=["ko"])
    time_zone: str = Field(examples=["Asia/Seoul"])
    url: str = Field(
        description="Its page.", examples=["https://seodang.example.ac.kr/courses/deep-learning-2026/"]
    )


@router.get("/courses", response={200: Page[CourseOut], **errors()}, summary="Your courses")
def courses(request: HttpRequest, part: SliceQuery) -> Any:
    seats = Enrollment.objects.filter(user=request.user).select_related("course")

    def describe(seat: Enrollment) -> dict[str, Any]:
        course = seat.course
        return {
            "slug": course.slug,
            "title": course.title,
            "role": seat.role,
            "language": course.language,
            "time_zone": course.time_zone,
            "url": request.build_absolute_uri(reverse("courses:front", args=[course.slug])),
        }

    return part.of(seats.order_by(F("course__created_at").desc(), "pk"), describe)
