"""The made-up people of the demo. None of them exists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """`key` makes the address `<key>@demo.invalid` (RFC 2606: a name that no one can own)."""

    key: str
    name: str
    role: str

    @property
    def email(self) -> str:
        return f"{self.key}@demo.invalid"


PROFESSOR = Person("professor", "한지혜", "instructor")
ASSISTANT = Person("assistant", "오태준", "assistant")

_STUDENTS = (
    ("seoyeon", "김서연"),
    ("minjun", "이민준"),
    ("jiwoo", "박지우"),
    ("hayun", "최하윤"),
    ("doyun", "정도윤"),
    ("linh", "Linh Trần"),
    ("jiho", "강지호"),
    ("soyul", "조소율"),
    ("yejun", "윤예준"),
    ("chaewon", "장채원"),
    ("siwoo", "임시우"),
    ("aigerim", "Aigerim Bekova"),
    ("yuna", "한유나"),
    ("geonwoo", "오건우"),
    ("nari", "서나리"),
    ("hyunwoo", "신현우"),
    ("sua", "권수아"),
    ("junseo", "황준서"),
    ("lucas", "Lucas Meyer"),
    ("eunchae", "안은채"),
    ("taeyang", "송태양"),
    ("dain", "류다인"),
    ("seungmin", "전승민"),
    ("gaeul", "홍가을"),
    ("wonjun", "고원준"),
    ("hana", "Hana Novák"),
    ("byeol", "문한별"),
    ("inseo", "양인서"),
    ("sejin", "손세진"),
    ("yujin", "배유진"),
)
STUDENTS = tuple(Person(key, name, "student") for key, name in _STUDENTS)
EVERYONE = (PROFESSOR, ASSISTANT, *STUDENTS)
