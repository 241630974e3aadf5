from django.urls import path

from seodang.site.jobs import views

app_name = "jobs"
urlpatterns = [
    path("health/", views.health, name="health"),
    path("jobs/", views.list_jobs, name="list"),
    path("jobs/live/", views.list_live, name="live"),
    path("jobs/<int:pk>/retry/", views.retry, name="retry"),
    path("jobs/<int:pk>/forget/", views.forget, name="forget"),
]
