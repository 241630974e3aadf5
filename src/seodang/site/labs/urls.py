"""Addresses of labs, all beneath their course. `new` is no lab's address."""

from django.urls import path

from seodang.site.labs import views

app_name = "labs"

ROOT = "courses/<slug:course>/labs/"
ONE = ROOT + "<slug:slug>/"

urlpatterns = [
    path(ROOT, views.labs, name="list"),
    path(ROOT + "new/", views.create, name="create"),
    path(ONE, views.overview, name="overview"),
    path(ONE + "files/<path:name>", views.download, name="download"),
    path(ONE + "submit/", views.submit, name="submit"),
    path(ONE + "submissions/", views.submissions, name="submissions"),
    path(ONE + "submissions/<int:attempt>/", views.submission, name="submission"),
    path(ONE + "submissions/<int:attempt>/file/", views.submission_file, name="submission_file"),
    path(ONE + "submissions/<int:attempt>/notebook/", views.feedback, name="feedback"),
    path(ONE + "live/", views.live, name="live"),
    path(ONE + "manage/", views.manage, name="manage"),
    path(ONE + "revise/", views.revise, name="revise"),
    path(ONE + "revisions/<int:number>/", views.revision, name="revision"),
    path(ONE + "revisions/<int:number>/file/", views.revision_file, name="revision_file"),
    path(ONE + "extensions/", views.extensions, name="extensions"),
    path(ONE + "progress/", views.progress, name="progress"),
    path(ONE + "questions/", views.questions, name="questions"),
    path(ONE + "students/<int:user>/", views.student, name="student"),
    path(ONE + "students/<int:user>/<int:attempt>/", views.staff_submission, name="staff_submission"),
    path(ONE + "students/<int:user>/<int:attempt>/file/", views.staff_file, name="staff_file"),
    path(ONE + "students/<int:user>/<int:attempt>/notebook/", views.staff_feedback, name="staff_feedback"),
    path(ONE + "marking/", views.marking, name="marking"),
    path(ONE + "marking/<str:question>/rubric/", views.rubric, name="rubric"),
    path(ONE + "marking/<str:question>/<int:submission>/", views.mark, name="mark"),
    path(ONE + "regrade/", views.regrade, name="regrade"),
    path(ONE + "regrade/<int:pk>/", views.regrade_preview, name="regrade_preview"),
    path(ONE + "release/", views.release, name="release"),
    path(ONE + "similarity/", views.similarity, name="similarity"),
    path(
        ONE + "similarity/<int:report>/<int:a>/<int:b>/",
        views.similarity_pair,
        name="similarity_pair",
    ),
    path(ONE + "export/", views.export, name="export"),
    path(ONE + "staff-live/", views.staff_live, name="staff_live"),
]
