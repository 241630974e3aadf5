"""Copies are found through every disguise that changes no thought; honest work is left alone."""

from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from seodang.grade._tokens import NAME, NUMBER, STRING, code_tokens, text_tokens
from seodang.grade.similarity import Cell, Settings, cells_of, compare, grams, side_by_side, winnow

RELEASED = """import numpy as np
import pandas as pd

def normalise(frame, columns):
    # YOUR CODE HERE
    raise NotImplementedError()
"""

NORMALISE = """def normalise(frame, columns):
    result = frame.copy()
    for column in columns:
        values = result[column].astype(float)
        low, high = values.min(), values.max()
        if high == low:
            result[column] = 0.0
        else:
            result[column] = (values - low) / (high - low)
    return result
"""

BATCHES = """def batches(rows, size, seed=0):
    order = np.random.default_rng(seed).permutation(len(rows))
    for start in range(0, len(rows), size):
        chosen = order[start:start + size]
        if len(chosen) < size and start > 0:
            break
        yield rows[chosen], chosen.mean()
"""

OTHER = """def normalise(frame, columns):
    table = frame.assign(**{name: frame[name] * 1.0 for name in columns})
    spread = table[columns].max() - table[columns].min()
    spread = spread.where(spread != 0, np.inf)
    table[columns] = table[columns].sub(table[columns].min()).div(spread)
    return table

def batches(rows, size, seed=0):
    generator = np.random.default_rng(seed)
    indices = list(generator.choice(len(rows), len(rows), replace=False))
    while len(indices) >= size:
        head, indices = indices[:size], indices[size:]
        yield np.asarray(rows)[head], sum(head) / size
"""

SHORT = """def mean_positive(values):
    kept = [value for value in values if value > 0]
    if not kept:
        return 0.0
    return sum(kept) / len(kept)
"""


def notebook(*sources: str, kind: str = "code") -> list[Cell]:
    return [Cell(f"q{number}", source, kind) for number, source in enumerate(sources, start=1)]


def renamed(source: str) -> str:
    names = {
        "frame": "df",
        "columns": "cols",
        "result": "out",
        "column": "c",
        "values": "v",
        "low": "a",
        "high": "b",
    }
    names |= {"rows": "data", "order": "perm", "start": "i", "chosen": "idx", "size": "n", "seed": "s"}
    names |= {"normalise": "scale", "batches": "chunks"}
    return re.sub(r"\b\w+\b", lambda found: names.get(found[0], found[0]), source)


def only_pair(submissions, boilerplate=(), **settings):
    found = compare(submissions, boilerplate, settings=Settings(**settings))
    assert len(found.pairs) == 1
    return found.pairs[0]


# --- tokens ----------------------------------------------------------------------------------------------------


def codes(source: str) -> list[int]:
    return [token.code for token in code_tokens(source)]


def test_names_numbers_and_strings_fold():
    assert codes("alpha = 12") == codes("b = 0x7f_e") == codes("c=1.5e-3")
    assert codes("f('x')") == codes('g(rb"""y\nz""")') == codes("h(f'{a!r} {b}')")


def test_keywords_builtins_and_attributes_stay():
    assert codes("len(a)") != codes("sum(a)")
    assert codes("a.fit(b)") == codes("model.fit(data)") != codes("model.predict(data)")
    assert codes("while a: pass") != codes("if a: pass")


def test_methods_that_the_text_defines_itself_fold_like_any_name():
    own = frozenset({"forward", "step"})
    assert [t.code for t in code_tokens("net.forward(x)", own)] == [t.code for t in code_tokens("m.step(y)", own)]


def test_comments_docstrings_layout_and_magics_are_dropped():
    plain = codes("def f(x):\n    return x + 1")
    dressed = (
        '''%%time
# what it does
def f(x):
    """Doc
    string."""
    # add one
    !ls
    return (x
'''
        + "            + 1)\n%matplotlib inline\nx?\n"
    )
    assert codes(dressed) == codes("def f(x):\n    return (x + 1)")
    assert codes("def f(x): 'doc'; return x + 1") == plain


def test_a_string_that_is_used_is_no_docstring():
    assert codes("'a'.join(b)")[0] == STRING
    assert codes("x = {\n 'a':\n 'b'}").count(STRING) == 2


def test_lines_are_those_of_the_cell():
    tokens = code_tokens("%%time\n\nx = '''a\nb'''\ny = 1\n")
    assert [(t.code, t.line) for t in tokens if t.code in (NAME, NUMBER, STRING)] == [
        (NAME, 3),
        (STRING, 3),
        (NAME, 5),
        (NUMBER, 5),
    ]


@given(st.text(max_size=200))
def test_the_lexer_reads_anything(source):
    last = source.replace("\r\n", "\n").count("\n") + 1
    assert all(1 <= token.line <= last for token in code_tokens(source))
    assert all(token.line >= 1 for token in text_tokens(source))


def test_a_syntax_error_changes_only_its_own_tokens():
    assert codes(NORMALISE)[: len(codes(NORMALISE))] == codes(NORMALISE + "\n)) = def")[: len(codes(NORMALISE))]


# --- winnowing -------------------------------------------------------------------------------------------------


def test_the_example_of_the_paper():
    hashes = [77, 74, 42, 17, 98, 50, 17, 98, 8, 88, 67, 39, 77, 74, 42, 17, 98]
    assert [hashes[i] for i in winnow(hashes, 4)] == [17, 17, 8, 39, 17]


@given(st.lists(st.integers(0, 5), min_size=12, max_size=40), st.lists(st.integers(0, 5), max_size=30), st.data())
def test_every_shared_run_of_the_guaranteed_length_shares_a_fingerprint(passage, before, data):
    k, window = 8, 5
    after = data.draw(st.lists(st.integers(0, 5), max_size=30))
    first = grams(passage, k)
    second = grams([*before, *passage, *after], k)
    prints = {second[i] for i in winnow(second, window)}
    assert prints & {first[i] for i in range(len(first))}


def test_rolling_hashes_depend_on_the_run_alone():
    run = [3, 1, 4, 1, 5, 9, 2, 6]
    assert grams([7, 7, *run], 8)[-1] == grams([*run, 0], 8)[0]
    assert grams(run[:7], 8) == []


# --- pairs -----------------------------------------------------------------------------------------------------


def test_a_copy_is_found_whole():
    pair = only_pair({"kim": notebook(NORMALISE, BATCHES), "lee": notebook(NORMALISE, BATCHES)})
    assert (pair.a, pair.b) == ("kim", "lee")
    assert pair.share_a == pair.share_b == 1.0
    assert [question.question for question in pair.questions] == ["q1", "q2"]


def test_renaming_everything_hides_nothing():
    pair = only_pair({"kim": notebook(NORMALISE + BATCHES), "lee": notebook(renamed(NORMALISE + BATCHES))})
    assert pair.share > 0.95


def test_moved_functions_and_cells_are_found_where_they_went():
    pair = only_pair({"kim": notebook(NORMALISE, BATCHES), "lee": notebook("a = 1", BATCHES + "\n" + NORMALISE)})
    assert pair.share_a > 0.95
    assert {(region.a.cell, region.b.cell) for region in pair.regions} == {("q1", "q2"), ("q2", "q2")}


def test_other_comments_and_docstrings_do_not_matter():
    lines = [f"{line}  # note {number}" if line else line for number, line in enumerate(NORMALISE.splitlines())]
    lines.insert(1, '    """Scale columns."""')
    pair = only_pair({"kim": notebook(NORMALISE), "lee": notebook("# mine!\n" + "\n".join(lines))})
    assert pair.share_a == pair.share_b == 1.0


def test_dead_code_between_the_lines_does_not_hide_a_copy():
    padded = BATCHES.replace(
        "    for start", "    unused = {}\n    if unused:\n        print(unused)\n    for start"
    )
    pair = only_pair({"kim": notebook(NORMALISE, BATCHES), "lee": notebook(NORMALISE, padded)})
    assert pair.share_a > 0.9
    assert pair.share_b < pair.share_a


def test_shares_tell_who_holds_the_other():
    pair = only_pair({"kim": notebook(NORMALISE), "lee": notebook(NORMALISE, OTHER)})
    assert pair.share_a == 1.0
    assert 0.2 < pair.share_b < 0.6


def test_two_honest_solutions_are_not_a_pair():
    assert compare({"kim": notebook(NORMALISE + BATCHES), "lee": notebook(OTHER)}).pairs == ()


def test_a_short_answer_that_everybody_writes_accuses_nobody():
    assert compare({"kim": notebook(SHORT), "lee": notebook(SHORT)}).pairs == ()


def test_what_was_handed_out_is_nobodys_copy():
    handed_out = NORMALISE + BATCHES
    first, second = notebook(handed_out, "a = 1"), notebook(handed_out + "\nprint(3)")
    assert compare({"kim": first, "lee": second}).pairs != ()
    assert compare({"kim": first, "lee": second}, [Cell("given", handed_out)]).pairs == ()


def test_the_stub_around_an_answer_does_not_count_as_the_answer():
    boilerplate = notebook(RELEASED)
    first = notebook(RELEASED.replace("raise NotImplementedError()", "return frame"))
    assert compare({"kim": first, "lee": first}, boilerplate).pairs == ()
    pair = only_pair({"kim": notebook(NORMALISE), "lee": notebook(NORMALISE)}, boilerplate)
    assert pair.share == 1.0


def test_a_passage_of_the_whole_class_weighs_nothing():
    everybody = {f"student{i}": notebook(NORMALISE, f"x{i} = {i}") for i in range(20)}
    assert compare(everybody).pairs == ()
    everybody |= {"kim": notebook(NORMALISE, BATCHES), "lee": notebook(NORMALISE, renamed(BATCHES))}
    pair = only_pair(everybody, min_tokens=40)
    assert {pair.a, pair.b} == {"kim", "lee"}
    assert [question.question for question in pair.questions] == ["q2"]


def test_written_answers_are_compared_by_words():
    essay = (
        "Dropout switches off random units in training, so that no unit may lean on another one. At test time all "
        "units work and the weights are scaled. It resembles averaging very many smaller networks at once."
    )
    pair = only_pair({"kim": notebook(essay, kind="text"), "lee": notebook("Well: " + essay.upper(), kind="text")})
    assert pair.regions[0].kind == "text"
    other = (
        "Regularisation keeps weights small; noise in training does likewise, and early stopping is the cheapest."
    )
    assert compare({"kim": notebook(essay, kind="text"), "lee": notebook(other, kind="text")}).pairs == ()


def test_korean_answers_are_compared_in_either_unicode_form():
    import unicodedata

    essay = " ".join(
        f"드롭아웃은 {i}번째 층에서 일부 뉴런을 무작위로 끄므로 특정 뉴런에 지나치게 의존하지 않습니다."
        for i in range(5)
    )
    decomposed = unicodedata.normalize("NFD", essay)
    assert only_pair({"김": notebook(essay, kind="text"), "이": notebook(decomposed, kind="text")}).share == 1.0


def test_same_input_same_answer():
    generator = random.Random(1)
    lines = (NORMALISE + BATCHES + OTHER).splitlines()
    class_ = {i: notebook(*["\n".join(generator.sample(lines, 12)) for _ in range(4)]) for i in range(12)}
    assert compare(class_) == compare(class_)


def test_no_more_than_the_asked_pairs():
    class_ = {i: notebook(NORMALISE + BATCHES) for i in range(4)}
    found = compare(class_, settings=Settings(most_pairs=2))
    assert len(found.pairs) == 2
    assert found.cut
    assert not compare(class_).cut
    assert len(compare(class_).of(0)) == 3


def test_an_endless_submission_is_read_to_a_limit():
    endless = notebook(NORMALISE + BATCHES, "a = b + 1\n" * 20_000)
    pair = only_pair({"kim": endless, "lee": notebook(NORMALISE + BATCHES), "park": notebook("x\n" * 80_000)})
    assert pair.share_b == 1.0


def test_empty_submissions_are_no_pair():
    assert compare({"kim": [], "lee": notebook(""), "park": notebook("# nothing")}).pairs == ()
    assert compare({}).pairs == ()


# --- the view --------------------------------------------------------------------------------------------------


def test_side_by_side_marks_the_shared_lines_in_both():
    first, second = notebook("a = 1", NORMALISE), notebook("import os\n\n\n" + renamed(NORMALISE))
    pair = only_pair({"kim": first, "lee": second})
    left, right = side_by_side(pair, first, second)
    assert [line.regions for line in left[0].lines] == [()]
    assert left[1].lines[1].regions == (0,)
    assert right[0].lines[0].regions == ()
    assert right[0].lines[4].regions == (0,)
    assert right[0].lines[4].text == "    out = df.copy()"


def test_a_doubled_cell_id_is_marked_in_the_right_cell():
    first = [Cell("q1", "a = 1"), Cell("q1", NORMALISE)]
    pair = only_pair({"kim": first, "lee": notebook(NORMALISE)})
    left, _right = side_by_side(pair, first, notebook(NORMALISE))
    assert left[0].lines[0].regions == ()
    assert left[1].lines[1].regions == (0,)


def test_cells_of_a_notebook_are_read_whatever_their_metadata_claims():
    cells = cells_of(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "source": ["a = 1\n", "b"],
                    "metadata": {"nbgrader": {"grade_id": "q", "locked": 1}},
                },
                {"cell_type": "markdown", "source": "Because", "metadata": {"nbgrader": "nonsense"}},
                {"cell_type": "raw", "source": "x", "metadata": {}},
            ]
        }
    )
    assert cells == [Cell("q", "a = 1\nb", "code", "q"), Cell("#2", "Because", "text", "")]
