"""Pages of labs. A view parses, asks a service or a query, and renders."""

from seodang.site.labs.views.browsing import download, labs, live, overview
from seodang.site.labs.views.making import create, extensions, manage, revise, revision, revision_file
from seodang.site.labs.views.marking import mark, marking, rubric
from seodang.site.labs.views.questions import questions
from seodang.site.labs.views.regrading import regrade, regrade_preview
from seodang.site.labs.views.similar import similarity, similarity_pair
from seodang.site.labs.views.staff import export, progress, release, staff_live
from seodang.site.labs.views.student import staff_feedback, staff_file, staff_submission, student
from seodang.site.labs.views.submitting import feedback, submission, submission_file, submissions, submit

__all__ = [
    "create",
    "download",
    "export",
    "extensions",
    "feedback",
    "labs",
    "live",
    "manage",
    "mark",
    "marking",
    "overview",
    "progress",
    "questions",
    "regrade",
    "regrade_preview",
    "release",
    "revise",
    "revision",
    "revision_file",
    "rubric",
    "similarity",
    "similarity_pair",
    "staff_feedback",
    "staff_file",
    "staff_live",
    "staff_submission",
    "student",
    "submission",
    "submission_file",
    "submissions",
    "submit",
]
