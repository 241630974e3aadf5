"""The health address for monitors, and the page of jobs for those who run the site."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from seodang.site.jobs import health as health_report
from seodang.site.jobs import live, services
from seodang.site.jobs.models import Job, JobState
from seodang.site.jobs.worker import LIST_TOPIC

SHOWN = 50


def _site_staff_only(request: HttpRequest) -> None:
    """Others do not learn that the page exists."""
    if not request.user.is_staff:
        raise Http404


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    well, numbers = health_report.report()
    return JsonResponse(numbers, status=200 if well else 503)


@login_required
@require_safe
def list_jobs(request: HttpRequest) -> HttpResponse:
    _site_staff_only(request)
    template = "jobs/_list.html" if request.htmx else "jobs/list.html"
    return render(request, template, _lists())


def _lists() -> dict[str, object]:
    failed = Job.objects.filter(state=JobState.FAILED)
    waiting = Job.objects.filter(state=JobState.WAITING)
    return {
        "workers": health_report.workers_alive(),
        "failed": failed.order_by("-finished_at")[:SHOWN],
        "n_failed": failed.count(),
        "running": Job.objects.filter(state=JobState.RUNNING).order_by("started_at")[:SHOWN],
        "waiting": waiting.in_turn()[:SHOWN],
        "n_waiting": waiting.count(),
        "done": Job.objects.filter(state=JobState.DONE).order_by("-finished_at")[:10],
        "shown": SHOWN,
    }


@login_required
@require_GET
def list_live(request: HttpRequest) -> HttpResponseBase:
    _site_staff_only(request)
    return live.event_stream(request, LIST_TOPIC)


@login_required
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    _site_staff_only(request)
    services.retry(job=get_object_or_404(Job, pk=pk))
    live.announce(LIST_TOPIC)
    return redirect("jobs:list")


@login_required
@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    _site_staff_only(request)
    services.forget(job=get_object_or_404(Job, pk=pk))
    live.announce(LIST_TOPIC)
    return redirect("jobs:list")
