"""Reading a class list and planning with it: bytes and plain values, no database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seodang.site.courses.errors import RosterRefused
from seodang.site.courses.models import Role
from seodang.site.courses.roster import MAX_BYTES, MAX_ROWS, Change, Person, RosterRow, Seat, plan, read_roster

KOREAN = "이메일,성명,학번,역할\nhong@univ.ac.kr,홍길동,2026001,학생\nkim@univ.ac.kr,김조교,,조교\n"


def row(text, **kwargs):
    return read_roster(("email,name,student_number,role\n" + text).encode(**kwargs))[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "euc-kr", "utf-16"])
def test_korean_list_reads_in_every_usual_encoding(encoding):
    assert read_roster(KOREAN.encode(encoding)) == [
        RosterRow(2, "hong@univ.ac.kr", "홍길동", "2026001", "student"),
        RosterRow(3, "kim@univ.ac.kr", "김조교", "", "assistant"),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiter_and_line_ends_do_not_matter(delimiter, newline):
    text = KOREAN.replace(",", delimiter).replace("\n", newline)
    assert [(one.line, one.name) for one in read_roster(text.encode())] == [(2, "홍길동"), (3, "김조교")]


@pytest.mark.parametrize(
    "header",
    [
        "E-mail,Full Name,Student No.,Role",
        "EMAIL,NAME,student_id,ROLE",
        "전자우편,이름,학번,구분",
        "메일 주소,성함,학번,권한",
    ],
)
def test_headers_are_known_in_both_languages(header):
    (one,) = read_roster(f"{header}\na@b.kr,A,1,TA\n".encode())
    assert one == RosterRow(2, "a@b.kr", "A", "1", "assistant")


def test_other_columns_and_their_order_do_not_matter():
    (one,) = read_roster("No,학과,학번,이메일,성명\n1,AI,77,A@B.kr,가\n".encode())
    assert one == RosterRow(2, "a@b.kr", "가", "77", None)


def test_lines_are_those_of_the_file():
    text = 'sep=,\n\nemail,name\n\na@b.kr,"Two\nlines"\nbad,x\n'
    rows = read_roster(text.encode())
    assert [(one.line, one.name, bool(one.problem)) for one in rows] == [(5, "Two lines", False), (7, "x", True)]


def test_decomposed_korean_of_a_mac_is_composed():
    (one,) = read_roster("이메일,이름\na@b.kr,홍길동\n".encode())
    assert one.name == "홍길동"


def test_formula_cells_are_text_and_guards_come_off():
    assert row("a@b.kr,=cmd()|x,'=1+1,").name == "=cmd()|x"
    assert row("a@b.kr,'=SUM(A1),,").name == "=SUM(A1)"
    assert row('a@b.kr,A,"=""00123""",').student_number == "00123"


def test_letters_that_turn_text_around_are_dropped():
    assert row("a@b.kr,Ab\u202ec\u200bd\x07,,").name == "Abcd"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (",Nobody,,", "no e-mail"),
        ("not an address,X,,", "not an e-mail"),
        ("a@b,X,,", "not an e-mail"),
        ("a@b.kr;c@d.kr,X,,", "not an e-mail"),
        ('"a@b.kr\nbcc: x@y.kr",X,,', "not an e-mail"),
        ("a@b.kr,X,,king", "no role"),
        (f"a@b.kr,{'x' * 81},,", "too long"),
        (f"a@b.kr,X,{'1' * 41},", "too long"),
        (f"{'a' * 250}@b.kr,X,,", "not an e-mail"),
    ],
)
def test_bad_row_is_named_with_its_line_and_stops_no_other(text, words):
    rows = read_roster(f"email,name,student_number,role\ngood@b.kr,Good,,\n{text}\nlast@b.kr,Last,,\n".encode())
    assert words in rows[1].problem
    assert rows[1].line == 3
    assert [one.email for one in rows if not one.problem] == ["good@b.kr", "last@b.kr"]


def test_repeated_address_is_refused_by_the_line_of_the_first():
    rows = read_roster(b"email\na@b.kr\nA@B.KR\n")
    assert not rows[0].problem
    assert rows[1].params == {"line": 2}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\n\n , ,\n", "empty"),
        (b"email,name\n", "no rows"),
        (b"name,number\nA,1\n", "No column of e-mail"),
        ("a@b.kr,홍길동\n".encode(), "No column of e-mail"),
        (b"email,mail\na@b.kr,c@d.kr\n", "Two columns"),
        (b"PK\x03\x04rest of a workbook", "Excel"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "cannot be read"),
        (b"email\na@b.kr\x00\n", "cannot be read"),
        (b'email\n"a@b.kr\n', "quotation"),
        (b"email\n" + b"x" * MAX_BYTES, "larger"),
    ],
)
def test_file_that_is_no_class_list_says_why(data, words):
    with pytest.raises(RosterRefused, match=words) as error:
        read_roster(data)
    assert error.value.hint


def test_five_thousand_rows_are_read_and_one_more_is_not():
    lines = "".join(f"s{n}@univ.ac.kr\n" for n in range(MAX_ROWS))
    assert len(read_roster(f"email\n{lines}".encode())) == MAX_ROWS
    with pytest.raises(RosterRefused, match="more than 5000 rows"):
        read_roster(f"email\n{lines}x@univ.ac.kr\n".encode())


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    try:
        rows = read_roster(data)
    except RosterRefused:
        return
    assert all("\n" not in one.email and "\r" not in one.name for one in rows)


@given(st.text(max_size=200))
def test_any_text_below_a_header_is_read_or_refused(text):
    try:
        rows = read_roster(f"email,name,role\n{text}".encode(errors="ignore"))
    except RosterRefused:
        return
    assert all(one.problem or "@" in one.email for one in rows)


# --- planning ----------------------------------------------------------------------------------------------------


def person(number, email, role=Role.STUDENT, name="Kim", student_number="1"):
    return Person(number, name, frozenset({email}), role, student_number, enrollment_id=number * 10)


def only(result):
    (item,) = result.items
    return item


def test_unknown_address_is_invited_and_a_known_one_enrolled():
    known = Person(5, "Account", frozenset({"b@b.kr"}))
    result = plan([RosterRow(2, "a@b.kr", "A"), RosterRow(3, "b@b.kr", "B")], people=[], accounts=[known])
    assert [(item.action, item.name) for item in result.items] == [("invite", "A"), ("enroll", "Account")]


def test_same_again_changes_nothing():
    result = plan([RosterRow(2, "a@b.kr", "Other name", "1", "student")], people=[person(1, "a@b.kr")])
    assert only(result).action == "unchanged"
    assert not result.changes_something


def test_empty_cells_change_nothing():
    item = only(plan([RosterRow(2, "a@b.kr")], people=[person(1, "a@b.kr", Role.ASSISTANT)]))
    assert item.action == "unchanged"
    assert item.role == Role.ASSISTANT


def test_changes_are_named():
    item = only(plan([RosterRow(2, "a@b.kr", "", "9", "assistant")], people=[person(1, "a@b.kr", name="")]))
    assert item.changes == (Change("role", "student", "assistant"), Change("student_number", "1", "9"))


def test_name_in_the_file_fills_an_empty_one_only():
    rows = [RosterRow(2, "a@b.kr", "New"), RosterRow(3, "b@b.kr", "New")]
    result = plan(rows, people=[person(1, "a@b.kr", name=""), person(2, "b@b.kr", name="Own")])
    assert [item.action for item in result.items] == ["update", "unchanged"]


def test_instructor_is_never_demoted_by_a_file():
    people = [person(1, "a@b.kr", Role.INSTRUCTOR), person(2, "me@b.kr", Role.INSTRUCTOR)]
    rows = [RosterRow(2, "a@b.kr", role="student"), RosterRow(3, "me@b.kr", role="assistant")]
    result = plan(rows, people=people, by_user_id=2)
    assert [item.action for item in result.items] == ["refused", "refused"]
    assert "you" in result.items[1].reason


def test_own_row_without_a_change_is_fine():
    rows = [RosterRow(2, "me@b.kr", role="instructor")]
    assert only(plan(rows, people=[person(2, "me@b.kr", Role.INSTRUCTOR)], by_user_id=2)).action == "unchanged"


def test_person_with_two_addresses_is_changed_once():
    two = Person(1, "Kim", frozenset({"a@b.kr", "b@b.kr"}), Role.STUDENT, "1", 10)
    result = plan([RosterRow(2, "a@b.kr", "", "5"), RosterRow(3, "b@b.kr", "", "6")], people=[two])
    assert [item.action for item in result.items] == ["update", "refused"]


def test_seat_that_waits_is_changed():
    seat = Seat(3, "a@b.kr", "Old", Role.STUDENT, "")
    item = only(plan([RosterRow(2, "a@b.kr", "New", "5")], people=[], seats=[seat]))
    assert (item.action, item.invitation_id) == ("update", 3)
    assert item.changes == (Change("name", "Old", "New"), Change("student_number", "", "5"))


def test_students_and_seats_that_the_file_lacks_are_shown_and_staff_are_not():
    people = [person(1, "a@b.kr"), person(2, "t@b.kr", Role.ASSISTANT), person(3, "p@b.kr", Role.INSTRUCTOR)]
    seats = [Seat(7, "w@b.kr", "W", Role.STUDENT, ""), Seat(8, "ta@b.kr", "T", Role.ASSISTANT, "")]
    result = plan([RosterRow(2, "new@b.kr")], people=people, seats=seats)
    assert {one.key for one in result.missing} == {"e10", "i7"}


def test_refused_row_still_counts_as_named():
    result = plan([RosterRow(2, "a@b.kr", problem="x")], people=[person(1, "a@b.kr")])
    assert not result.missing


def test_digest_tells_plans_apart():
    rows = [RosterRow(2, "a@b.kr", "A")]
    same = plan(rows, people=[]).digest
    assert plan(rows, people=[]).digest == same
    assert plan(rows, people=[person(1, "a@b.kr")]).digest != same
    assert plan([RosterRow(2, "a@b.kr", "B")], people=[]).digest != same
