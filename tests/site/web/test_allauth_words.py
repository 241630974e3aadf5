"""Our Korean for allauth's messages is used, and still speaks of messages that allauth has."""

from pathlib import Path

import allauth
import pytest
from babel.messages.pofile import read_po
from django.utils import translation

from seodang.site.web.allauth_words import WORDS, codes_left


def test_allauth_still_has_every_message():
    path = Path(allauth.__file__).parent / "locale/ko/LC_MESSAGES/django.po"
    with path.open("rb") as file:
        theirs = read_po(file, locale="ko")
    assert [word for word in WORDS if theirs.get(word) is None] == []
    assert theirs.get("There is %(unused_count)s out of %(total_count)s recovery codes available.") is not None


@pytest.mark.parametrize("word", WORDS)
def test_every_message_has_korean(word):
    with translation.override("ko"):
        assert any("가" <= letter <= "힣" for letter in translation.gettext(word))


def test_ours_is_asked_first():
    with translation.override("ko"):
        assert translation.gettext("Password Reset") == "비밀번호 재설정"
        assert codes_left(8, 10) == "복구 코드 10개 가운데 8개가 남아 있습니다."
