"""What students saw in Jupyter is what marking sees."""

from __future__ import annotations

import base64

from seodang.grade.execute.executed import CellStatus


def test_streams_stand_in_the_order_of_printing(run):
    ran = run("import sys\nprint('a'); print('b', file=sys.stderr); print('c')")
    assert [(one["name"], one["text"]) for one in ran.cell(0).outputs] == [
        ("stdout", "a\n"),
        ("stderr", "b\n"),
        ("stdout", "c\n"),
    ]


def test_the_last_expression_is_a_result_and_a_semicolon_hides_it(run):
    ran = run("6 * 7", "6 * 7;", "None", "_")
    assert ran.result(0) == {"text/plain": "42"}
    assert ran.cell(1).outputs == ()
    assert ran.cell(2).outputs == ()
    assert ran.result(3)["text/plain"] == "42"


def test_a_table_is_shown_as_text_and_html(run):
    data = run("import pandas as pd\npd.DataFrame({'a': [1]})").result(0)
    assert "<table" in data["text/html"]
    assert data["text/plain"].split() == ["a", "0", "1"]


def test_figures_are_pictures_with_and_without_the_magic(run):
    plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('drawn')"
    ran = run(plot, "%matplotlib inline\n" + plot, "%config InlineBackend.figure_format = 'svg'", plot)
    for index in (0, 1):
        assert ran.text(index) == "drawn\n"
        picture = ran.cell(index).outputs[-1]
        assert picture["output_type"] == "display_data"
        assert base64.b64decode(picture["data"]["image/png"]).startswith(b"\x89PNG")
    assert "<svg" in ran.cell(3).outputs[-1]["data"]["image/svg+xml"]


def test_displays_can_be_updated_from_a_later_cell_and_cleared(run):
    ran = run(
        "h = display('first', display_id='d')",
        "from IPython.display import clear_output, update_display\nupdate_display('second', display_id='d')\n"
        "print('gone'); clear_output(); print('kept')",
    )
    assert ran.cell(0).outputs[0]["data"]["text/plain"] == "'second'"
    assert "transient" not in ran.cell(0).outputs[0]
    assert ran.text(1) == "kept\n"


def test_magics_and_commands_work(run):
    ran = run(
        "word = 'hi'\n!echo {word}",
        "def inner():\n    other = 'there'\n    !echo {other}\ninner()",
        "%%time\nsum(range(10))",
        "%timeit -n1 -r1 pass",
        "%%writefile mine.py\ndef eleven():\n    return 11",
        "import mine\nmine.eleven()",
        "%%bash\necho from bash",
        "%load_ext autoreload\n%autoreload 2",
        "%%capture kept\nprint('caught')",
        "kept.stdout",
        "%prun -q sum(range(3))",
    )
    assert [ran.status(index) for index in range(11)] == [CellStatus.OK] * 11, ran.executed
    assert ran.text(0) == "hi\n"
    assert ran.text(1) == "there\n"
    assert "Wall time" in ran.text(2)
    assert ran.result(2)["text/plain"] == "45"
    assert "per loop" in ran.text(3)
    assert ran.result(5)["text/plain"] == "11"
    assert ran.text(6) == "from bash\n"
    assert ran.result(9)["text/plain"] == "'caught\\n'"


def test_await_stands_at_the_top_of_a_cell(run):
    ran = run("import asyncio\nasync def five():\n    await asyncio.sleep(0.01)\n    return 5", "await five()")
    assert ran.result(1)["text/plain"] == "5"


def test_tracebacks_look_like_ipythons(run):
    ran = run("def f():\n    return 1 / 0\nf()", "def f(:", "f()")
    assert ran.error(0) == "ZeroDivisionError: division by zero"
    trace = "\n".join(ran.cell(0).error.traceback)
    assert "Traceback (most recent call last)" in trace
    assert "seodang" not in trace
    assert ran.error(1).startswith("SyntaxError")
    assert ran.error(2).startswith("ZeroDivisionError")


def test_input_is_refused_at_once_with_a_sentence(run):
    ran = run("name = input('name? ')", "import getpass\ngetpass.getpass()", "1")
    assert "nobody is there to answer" in ran.error(0)
    assert "nobody is there to answer" in ran.error(1)
    assert ran.status(2) is CellStatus.OK


def test_leaving_ends_the_cell_and_not_the_notebook(run):
    ran = run("import sys\nsys.exit(3)", "exit", "quit()", "'still here'")
    assert ran.error(0) == "SystemExit: 3"
    assert ran.result(3)["text/plain"] == "'still here'"


def test_the_notebook_is_the_main_module(run):
    ran = run(
        "import multiprocessing, pickle\ndef square(x):\n    return x * x\n__name__",
        "pickle.loads(pickle.dumps(square))(3)",
        "with multiprocessing.get_context('fork').Pool(2) as pool:\n    print(pool.map(square, [1, 2, 3]))",
        "import inspect\nprint(inspect.getsource(square))",
        "square.__module__, In[1][:6], _i2[:6]",
    )
    assert ran.result(0)["text/plain"] == "'__main__'"
    assert ran.result(1)["text/plain"] == "9"
    assert ran.text(2) == "[1, 4, 9]\n"
    assert "return x * x" in ran.text(3)


def test_what_other_programs_write_belongs_to_its_cell(run):
    ran = run("import os\nos.system('echo out; echo err >&2')", "print('next')")
    assert ran.text(0) == "out\n"
    assert ran.text(0, "stderr") == "err\n"
    assert ran.text(1) == "next\n"


def test_libraries_may_look_at_frames_and_tracebacks_for_the_student(run):
    ran = run(
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    import traceback\n    traceback.print_exc()",
        "import collections, dataclasses, enum\nP = collections.namedtuple('P', 'a b')\nP(1, 2)",
        "import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(1, 2)\n"
        "unittest.main(argv=['x'], exit=False)",
        "import pandas as pd\nlimit = 1\npd.DataFrame({'a': [1, 2]}).query('a > @limit')",
        "import logging, warnings\nwarnings.warn('careful', stacklevel=2)\nlogging.warning('heard')",
        "import threading\nthread = threading.Thread(target=print, args=('in a thread',))\nthread.start()\n"
        "thread.join()",
    )
    assert [ran.status(index) for index in range(6)] == [CellStatus.OK] * 6, ran.executed.cells
    assert "ZeroDivisionError" in ran.text(0, "stderr")
    assert "AssertionError: 1 != 2" in ran.text(2, "stderr")
    assert "careful" in ran.text(4, "stderr")
    assert ran.text(5) == "in a thread\n"
    assert ran.executed.flags == ()


def test_random_numbers_repeat_for_a_seed_and_differ_between_seeds(run):
    numbers = "import random\nimport numpy as np\nrandom.random(), np.random.rand()"
    one, same, other = (run(numbers, seed=seed).result(0)["text/plain"] for seed in (1, 1, 2))
    assert one == same != other


def test_outputs_without_end_are_cut_and_said(run):
    ran = run("for _ in range(100_000):\n    print('x' * 100)", "print('next')")
    assert len(ran.text(0)) < 300_000
    assert "was not kept" in ran.text(0)
    assert ran.text(1) == "next\n"


def test_html_stays_data(run):
    data = run("from IPython.display import HTML\nHTML('<script>alert(1)</script>')").result(0)
    assert data["text/html"] == "<script>alert(1)</script>"


def test_a_student_sees_neither_tests_nor_environment(run, monkeypatch):
    monkeypatch.setenv("SEODANG_SECRET", "hush")
    ran = run(
        "import os, sys\nprint(dict(os.environ), os.listdir('.'), [m for m in sys.modules if 'seodang' in m])",
        "#test\nassert True\n### BEGIN HIDDEN TESTS\nsecret_word = 'xyzzy'\n### END HIDDEN TESTS",
        "print([name for name in globals() if 'secret' in name])",
    )
    assert "hush" not in ran.text(0)
    assert "seodang" not in ran.text(0)
    assert ran.text(2) == "[]\n"
