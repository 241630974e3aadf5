import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static

from seodang.site.web.assets import digest_of


def test_the_address_of_a_static_file_carries_the_hash_of_its_content():
    path = Path(finders.find("web/seodang.css"))
    assert static("web/seodang.css").endswith(f"/web/seodang.css?v={digest_of(path)}")


def test_files_of_other_packages_carry_it_too():
    assert re.search(r"htmx-2\.min\.js\?v=[0-9a-f]{10}$", static("django_htmx/htmx-2.min.js"))


def test_another_content_gives_another_address(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    two.write_text("b")
    assert digest_of(one) != digest_of(two)


def test_a_file_that_is_not_there_has_a_plain_address():
    assert static("web/absent.css") == "/static/web/absent.css"
