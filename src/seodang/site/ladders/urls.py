"""Addresses of ladders, all beneath their course."""

from django.urls import path

from seodang.site.ladders import views

app_name = "ladders"

ROOT = "courses/<slug:course>/ladders/"
ONE = ROOT + "<int:ladder>/"

urlpatterns = [
    path(ROOT, views.ladders, name="list"),
    path(ROOT + "new/", views.create, name="create"),
    path(ROOT + "live/", views.list_live, name="list_live"),
    path(ONE, views.ladder, name="ladder"),
    path(ONE + "choose/", views.choose, name="choose"),
    path(ONE + "report/", views.report, name="report"),
    path(ONE + "files/<str:name>", views.download, name="download"),
    path(ONE + "live/", views.live, name="live"),
]
