"""Addresses of competitions, all beneath their course. `new` is no competition's address."""

from django.urls import path

from seodang.site.competitions import views

app_name = "competitions"

ROOT = "courses/<slug:course>/competitions/"
ONE = ROOT + "<slug:slug>/"

urlpatterns = [
    path(ROOT, views.competitions, name="list"),
    path(ROOT + "new/", views.create, name="create"),
    path(ONE, views.overview, name="overview"),
    path(ONE + "prepare/", views.prepare, name="prepare"),
    path(ONE + "data/", views.data, name="data"),
    path(ONE + "data/<str:name>", views.download, name="download"),
    path(ONE + "enter/", views.enter, name="enter"),
    path(ONE + "entries/", views.entries, name="entries"),
    path(ONE + "entries/<int:ordinal>/", views.entry, name="entry"),
    path(ONE + "entries/<int:ordinal>/file/", views.entry_file, name="entry_file"),
    path(ONE + "leaderboard/", views.leaderboard, name="leaderboard"),
    path(ONE + "team/", views.team, name="team"),
    path(ONE + "manage/", views.manage, name="manage"),
    path(ONE + "climb/", views.climb, name="climb"),
    path(ONE + "baselines/", views.baselines, name="baselines"),
    path(ONE + "export/", views.export, name="export"),
    path(ONE + "live/", views.live, name="live"),
]
