"""Addresses of courses and their people."""

from django.urls import path

from seodang.site.courses import views

app_name = "courses"
urlpatterns = [
    path("", views.home, name="home"),
    path("join/", views.join, name="join"),
    path("join/<str:code>/", views.join_code, name="join_code"),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("courses/new/", views.create, name="create"),
    path("courses/<slug:slug>/", views.front, name="front"),
    path("courses/<slug:slug>/people/", views.people, name="people"),
    path("courses/<slug:slug>/people/export/", views.people_export, name="people_export"),
    path("courses/<slug:slug>/people/import/", views.roster, name="roster"),
    path("courses/<slug:slug>/people/import/example/", views.roster_example, name="roster_example"),
    path("courses/<slug:slug>/people/<int:pk>/", views.person, name="person"),
    path(
        "courses/<slug:slug>/invitations/<int:pk>/withdraw/", views.withdraw_invitation, name="withdraw_invitation"
    ),
    path("courses/<slug:slug>/settings/", views.settings, name="settings"),
    path("courses/<slug:slug>/settings/join-page/", views.join_page, name="join_page"),
]
