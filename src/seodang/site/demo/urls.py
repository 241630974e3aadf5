from django.urls import path

from seodang.site.demo import views

app_name = "demo"
urlpatterns = [path("demo/look-as/", views.look_as, name="look_as")]
