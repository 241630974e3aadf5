"""Tests of a lab: how they run, what they see, and what becomes of them when something breaks."""

from __future__ import annotations

import time

import pytest

from seodang.grade.execute.executed import CellStatus, Outcome
from seodang.grade.results import Severity
from seodang.run.spec import Limits

SQUARE = "def square(x):\n    return x * x"
TEST = "#test\nassert square(3) == 9\n### BEGIN HIDDEN TESTS\nassert square(-2) == 4\n### END HIDDEN TESTS"


def test_a_right_answer_passes_and_a_wrong_one_says_its_line(run):
    assert run(SQUARE, TEST).test.outcome is Outcome.PASSED
    wrong = run(SQUARE, TEST, handed_in={0: "def square(x):\n    return 3 * x"}).test
    assert wrong.outcome is Outcome.FAILED
    assert wrong.error.ename == "AssertionError"
    assert wrong.error.line == 3


def test_each_test_sees_the_names_of_its_own_place(run):
    ran = run("x = 1", "#test\nassert x == 1", "x = 2", "#test\nassert x == 2")
    assert [one.outcome for one in ran.tests] == [Outcome.PASSED, Outcome.PASSED]


def test_names_that_a_visible_test_binds_are_there_for_later_cells(run):
    ran = run(
        "def f():\n    return 1",
        "#test\nvalue = f() + 1\nassert value == 2\n",
        "value + 1",
        "#test\nassert value == 2",
    )
    assert ran.result(2)["text/plain"] == "3"
    assert [one.outcome for one in ran.tests] == [Outcome.PASSED, Outcome.PASSED]


def test_names_of_hidden_parts_reach_later_tests_and_no_student(run):
    definitions = "import math\nLIMIT = 5\ndef helper(x):\n    return x < LIMIT"
    hidden = f"#test\nassert True\n### BEGIN HIDDEN TESTS\n{definitions}\n### END HIDDEN TESTS"
    ran = run(
        "a = 1",
        hidden,
        "print('LIMIT' in globals(), 'helper' in globals())",
        "#test\nassert helper(a)\nassert math.pi > 3",
    )
    assert ran.text(2) == "False False\n"
    assert [one.outcome for one in ran.tests] == [Outcome.PASSED, Outcome.PASSED]


def test_a_test_may_set_a_variable_that_the_answer_reads(run):
    ran = run("rate = 1\ndef cost(x):\n    return rate * x", "#test\nrate = 10\nassert cost(2) == 20")
    assert ran.test.outcome is Outcome.PASSED


USES_SQUARE = """#test
kept = square
del square
try:
    total(2)
except NameError:
    pass
else:
    raise AssertionError("total does not use square")
finally:
    square = kept
assert total(2) == 5"""


def test_a_test_may_take_away_a_name_that_the_answer_reads(run):
    right = f"{SQUARE}\ndef total(n):\n    return sum(square(i) for i in range(1, n + 1))"
    copied = f"{SQUARE}\ndef total(n):\n    return sum(i * i for i in range(1, n + 1))"
    assert run(right, USES_SQUARE).test.outcome is Outcome.PASSED
    told = run(right, USES_SQUARE, handed_in={0: copied}).test
    assert (told.outcome, told.error.evalue) == (Outcome.FAILED, "total does not use square")


def test_the_value_of_the_last_expression_is_reported_with_its_type(run):
    ran = run(
        "x = 1",
        "#test\n0.5",
        "#test\nimport numpy as np\nnp.float64(0.25)",
        "#test\nTrue",
        "#test\n'text'",
        "#test\nx = 1",
    )
    told = [(one.value, one.value_kind) for one in ran.tests]
    assert told == [(0.5, "float"), (0.25, "numpy.float64"), (None, "bool"), (None, "str"), (None, "")]


def test_what_a_test_prints_to_stderr_is_no_failure(run):
    ran = run("x = 1", "#test\nimport sys\nprint('log', file=sys.stderr)\nassert x == 1")
    assert ran.test.outcome is Outcome.PASSED


def test_magics_and_await_work_in_tests(run):
    ran = run(
        "async def two():\n    return 2", "#test\n%matplotlib inline\nassert True", "#test\nassert await two() == 2"
    )
    assert [one.outcome for one in ran.tests] == [Outcome.PASSED, Outcome.PASSED]


def test_a_shadowed_builtin_is_the_builtin_in_tests(run):
    ran = run("total = 3", "#test\nassert sum([1, 2]) == total", handed_in={0: "total = 3\nsum = 0"})
    assert ran.test.outcome is Outcome.PASSED


def test_a_builtin_that_the_lab_asks_for_is_the_students(run):
    source = "def sum(values):\n    return 6"
    test = "#test\nassert sum([1, 2, 3]) == 6"
    assert run(source, test).test.outcome is Outcome.PASSED
    assert run(source, test, handed_in={0: "def sum(values):\n    return 7"}).test.outcome is Outcome.FAILED


def test_a_replaced_function_is_put_back_and_said(run):
    cheat = "import numpy as np\nnp.testing.assert_allclose = lambda *args, **kwargs: None\nx = 5"
    ran = run("import numpy as np\nx = 1", "#test\nnp.testing.assert_allclose(x, 1)", handed_in={0: cheat})
    assert ran.test.outcome is Outcome.FAILED
    assert "replaced" in ran.codes


@pytest.mark.parametrize(
    "test",
    [
        "assert f(3) == 9",
        "assert 9 == f(3)",
        "for n in (1, 2):\n    assert f(n) == n * n",
        "assert all(f(n) == n for n in range(3))",
        "assert f(3) > 8",
        "assert f(1) == 1 and f(2) == 4",
        "def check(n):\n    assert f(n) == n\ncheck(3)",
    ],
)
def test_an_object_that_equals_everything_is_found_out(run, test):
    yes = (
        "class Yes:\n    __eq__ = __gt__ = __lt__ = __le__ = __ge__ = lambda self, other: True\n    __hash__ = None"
    )
    ran = run("def f(n):\n    return n", f"#test\n{test}", handed_in={0: f"{yes}\ndef f(n):\n    return Yes()"})
    assert ran.test.outcome is Outcome.TAMPERED
    assert any(flag.severity is Severity.TAMPERING for flag in ran.executed.flags)


@pytest.mark.parametrize(
    ("answer", "test"),
    [
        (
            "import numpy as np\nx = np.arange(4.0)",
            "assert np.allclose(x, [0, 1, 2, 3])\nassert (x == np.arange(4)).all()",
        ),
        ("import numpy as np\nx = np.array([np.inf, np.nan])", "np.testing.assert_allclose(x, [np.inf, np.nan])"),
        (
            "import pandas as pd\nx = pd.Series([1, 2])",
            "pd.testing.assert_series_equal(x, pd.Series([1, 2]))\nassert (x == 1).sum() == 1",
        ),
        (
            "import numpy as np\nx = np.float32(0.5)",
            "assert np.isclose(x, 0.5)\nassert x == 0.5\nassert x <= 0.5 and x >= 0.5",
        ),
        (
            "import numpy as np\nx = np.array([])",
            "np.testing.assert_array_equal(x, np.array([]))\nassert np.array_equal(x, [])",
        ),
        (
            "import numpy as np\nx = np.array([True, False])",
            "np.testing.assert_array_equal(x, np.array([True, False]))",
        ),
        ("x = {'a': [1, (2, 3)], 'b': {4}}", "assert x == {'a': [1, (2, 3)], 'b': {4}}"),
        (
            "from fractions import Fraction\nx = Fraction(1, 2)",
            "assert x == 0.5 and x == Fraction(2, 4)\nassert x < 1",
        ),
        (
            "import datetime\nx = datetime.date(2024, 1, 1)",
            "assert x == datetime.date(2024, 1, 1)\nassert x > datetime.date(2023, 1, 1)",
        ),
        (
            "class V:\n    def __init__(self, a):\n        self.a = a\n"
            "    def __eq__(self, other):\n        return self.a == other.a",
            "assert V(1) == V(1)\nassert not (V(1) == V(2))",
        ),
        ("x = None", "assert x == None"),
        ("x = True", "assert x == True\nassert x is True"),
        (
            "def f():\n    raise ValueError('no')",
            "try:\n    f()\nexcept ValueError as error:\n    assert str(error) == 'no'",
        ),
        (
            "x = 3",
            "import unittest\nclass T(unittest.TestCase):\n    def test_x(self):\n        self.assertEqual(x, 3)\n"
            "result = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(T))\n"
            "assert result.wasSuccessful()",
        ),
        ("x = 3", "from unittest.mock import ANY\nassert [x, 1] == [ANY, 1]"),
        ("x = 1e300", "import math\nassert math.isclose(x, 1e300) and x == 1e300"),
        ("x = '가나다'", "assert x == '가나다'; assert (len(x)) == (3)"),
        ("def f(x):\n    return x", "assert (f(1) == 1) == True\nassert f(\n    2\n) == 2, 'two'"),
    ],
)
def test_honest_values_of_every_kind_pass(run, answer, test):
    ran = run(answer, f"#test\n{test}")
    assert ran.test.outcome is Outcome.PASSED, ran.test
    assert ran.codes == set()


BY_ADDRESS = "import ctypes\nvalue = []\nctypes.c_ssize_t.from_address(id(value)).value += 0"


def test_tests_after_memory_was_reached_by_address_wait_for_a_person(run):
    ran = run(SQUARE, TEST, "pass", TEST, handed_in={2: BY_ADDRESS})
    assert [one.outcome for one in ran.tests] == [Outcome.PASSED, Outcome.TAMPERED]
    assert ran.tests[1].evidence == ("memory",)
    assert {flag.cell for flag in ran.executed.flags if flag.severity is Severity.TAMPERING} == {
        ran.tests[1].grade_id
    }
    assert ran.codes >= {"memory", "tampered_memory"}


def test_memory_reached_during_a_test_makes_it_void(run):
    answer = f"def square(x):\n    {BY_ADDRESS.replace(chr(10), '; ')}\n    return x * x"
    assert run(SQUARE, TEST, handed_in={0: answer}).test.evidence == ("memory",)


@pytest.mark.parametrize(
    "harmless",
    [
        "import ctypes",
        "import ctypes\nctypes.CDLL(None).getpid()",
        "import ctypes\nctypes.sizeof(ctypes.c_long), ctypes.string_at(b'abc', 3)",
        "import numpy as np\nnp.lib.stride_tricks.sliding_window_view(np.arange(9), 3).sum()",
        "import numpy as np\nnp.lib.stride_tricks.as_strided(np.arange(9), (3,), (24,)).sum()",
        "import numpy as np\nnp.arange(3).ctypes.data, np.ctypeslib.as_array(np.arange(3).ctypes.data_as("
        "np.ctypeslib.ctypes.POINTER(np.ctypeslib.ctypes.c_long)), (3,))",
    ],
)
def test_native_code_that_reaches_for_no_address_keeps_its_points(run, harmless):
    ran = run(SQUARE, TEST, handed_in={0: f"{harmless}\n{SQUARE}"})
    assert ran.test.outcome is Outcome.PASSED
    assert ran.executed.flags == () or ran.codes == {"native"}


def test_a_cell_over_its_time_is_stopped_and_the_next_one_runs(run):
    limits = Limits(wall_seconds=1.5)
    ran = run(SQUARE, TEST, "while True:\n    pass", limits=limits)
    assert ran.status(2) is CellStatus.TIMEOUT
    assert ran.test.outcome is Outcome.PASSED


def test_a_cell_that_will_not_stop_costs_itself_only(bench, monkeypatch):
    monkeypatch.setattr("seodang.grade.execute.executor.DEFAULT_CELL_SECONDS", 1.0)
    monkeypatch.setattr("seodang.grade.execute.session.INTERRUPT_SECONDS", 0.5)
    deaf = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
    ran = bench.run("x = 1", deaf, "y = x + 1", "#test\nassert y == 2")
    assert ran.status(1) is CellStatus.TIMEOUT
    assert ran.test.outcome is Outcome.PASSED


def test_a_cell_that_ends_the_process_costs_itself_only(run):
    ran = run("x = 1", "import os\nos._exit(7)", "y = x + 1", "#test\nassert y == 2", "os.abort()")
    assert ran.status(1) is CellStatus.CRASHED
    assert ran.status(4) is CellStatus.CRASHED or ran.error(4).startswith("NameError")
    assert ran.test.outcome is Outcome.PASSED
    assert "run again without it" in ran.error(1)


def test_what_stands_before_too_many_crashes_still_counts(run):
    crash = "import os\nos._exit(1)"
    ran = run("x = 1", "#test\nassert x == 1", crash, crash, crash, "y = 1", "#test\nassert y == 1")
    assert [one.outcome for one in ran.tests] == [Outcome.PASSED, Outcome.NOT_RUN]


def test_a_function_that_ends_the_process_costs_its_test_only(run):
    ran = run("import os\ndef f():\n    os._exit(0)", "#test\nf()", "#test\nassert 1 == 1")
    assert [one.outcome for one in ran.tests] == [Outcome.CRASHED, Outcome.PASSED]


def test_a_test_that_never_ends_costs_itself_only(bench, monkeypatch):
    monkeypatch.setattr("seodang.grade.execute.executor.DEFAULT_CELL_SECONDS", 1.0)
    ran = bench.run("def f():\n    while True:\n        pass", "#test\nf()", "#test\nassert 1 == 1")
    assert [one.outcome for one in ran.tests] == [Outcome.TIMEOUT, Outcome.PASSED]


def test_memory_taken_in_a_test_costs_that_test_only(run, sandbox_name):
    limits = Limits(memory_bytes=300 * 2**20)
    greedy = "def f():\n    held = [bytes(2**24) + b'x' for _ in range(200)]\n    import time; time.sleep(1)"
    ran = run(greedy, "#test\nf()", "#test\nassert 1 == 1", limits=limits)
    assert [one.outcome is Outcome.PASSED for one in ran.tests] == [False, True]


def test_a_zygote_that_dies_is_started_again(bench):
    assert bench.run("x = 1", "#test\nassert x == 1").test.outcome is Outcome.PASSED
    for zygote in bench.executor._zygotes.values():
        zygote._process._popen.kill()
    assert bench.run("x = 1", "#test\nassert x == 1").test.outcome is Outcome.PASSED


def test_a_stop_ends_it_soon(bench):
    import threading

    from seodang.grade.execute.session import Stopped

    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        bench.run("import time\ntime.sleep(30)", stop=stop)
    assert time.monotonic() - began < 20


def test_progress_counts_the_cells(bench):
    told = []
    bench.run("1", "2", "3", on_progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3)]
