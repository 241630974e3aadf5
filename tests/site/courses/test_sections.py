"""What apps show in a course."""

from datetime import UTC, datetime

import pytest

from seodang.site.courses import access, sections
from seodang.site.courses.sections import Due, Section


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr(sections, "_sections", {})
    return sections.register


def test_section_is_a_tab_and_a_card(registered, student, course, client_for):
    registered(Section("labs", "Labs", "courses:front", summary=lambda access: {"text": f"For {access.user.name}"}))
    page = client_for(student).get("/courses/deep-learning/").content.decode()
    assert page.count("Labs") >= 2
    assert "For Student" in page


def test_section_with_nothing_to_say_has_no_card(registered, student, course, client_for):
    registered(Section("labs", "Labs", "courses:front", summary=lambda access: None))
    assert 'id="section-labs"' not in client_for(student).get("/courses/deep-learning/").content.decode()


def test_sections_stand_in_their_order(registered):
    for key, order in (("b", 20), ("a", 30), ("c", 10)):
        registered(Section(key, key, "courses:front", order=order))
    assert [section.key for section in sections.all_sections()] == ["c", "b", "a"]


def test_registering_again_replaces(registered):
    registered(Section("a", "Old", "courses:front"))
    registered(Section("a", "New", "courses:front"))
    assert [section.title for section in sections.all_sections()] == ["New"]


def test_due_comes_soonest_first(registered, student, course):
    late, soon = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    registered(Section("a", "A", "courses:front", due=lambda access: [Due("late", "/", late), Due("never", "/")]))
    registered(Section("b", "B", "courses:front", due=lambda access: [Due("soon", "/", soon)]))
    assert [item.title for item in sections.due(access.of(student, course))] == ["soon", "late", "never"]


def test_due_is_for_students(registered, student, assistant, course, client_for):
    registered(Section("a", "A", "courses:front", due=lambda access: [Due("Hand this in", "/x")]))
    assert "Hand this in" in client_for(student).get("/courses/deep-learning/").content.decode()
    assert "Hand this in" not in client_for(assistant).get("/courses/deep-learning/").content.decode()
