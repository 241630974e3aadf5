"""Addresses of labs, all beneath their course. `new` is no lab's address."""

app_name = "labs"

ROOT = "courses/<slug:course>/labs/"
ONE = ROOT + "<slug:slug>/"

urlpatterns = []
