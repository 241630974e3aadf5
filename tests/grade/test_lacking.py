"""A missing data file or package is told to the student with what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.grade.notebooks import as_bytes, checked, code, notebook

from seodang.grade.execute.executed import CellError, CellStatus, Executed, ExecutedCell
from seodang.grade.lab import Lab
from seodang.grade.lacking import lacking
from seodang.grade.results import Severity


@pytest.fixture
def lab():
    read = Lab.read(as_bytes(notebook(code("x = 1"), checked("t", "assert x"))), name="lab.ipynb")
    return replace(read, data=("data/train.csv", "labels.txt"))


def told(lab, ename, evalue):
    error = CellError(ename, evalue, ())
    cell = ExecutedCell(2, (), error, 0.1, CellStatus.ERROR)
    return [
        (flag.code, flag.cell, flag.message)
        for flag in lacking(lab, Executed((cell,), {}))
        if flag.severity is Severity.INFO
    ]


def no_file(name):
    return f"[Errno 2] No such file or directory: '{name}'"


def test_a_file_in_another_place_is_named_with_the_right_one(lab):
    for name in ("train.csv", "/home/kim/Downloads/Train.csv", "C:\\Users\\kim\\train.csv"):
        [(code_, cell, message)] = told(lab, "FileNotFoundError", no_file(name))
        assert (code_, cell) == ("missing_data", "#3")
        assert "“data/train.csv”" in message
        assert name in message


def test_a_file_that_the_lab_does_not_have_is_said_with_those_it_has(lab):
    [(_code, _cell, message)] = told(lab, "FileNotFoundError", no_file("test.csv"))
    assert "none of the lab's files" in message
    assert "data/train.csv, labels.txt" in message
    [(_code, _cell, message)] = told(replace(lab, data=()), "FileNotFoundError", no_file("test.csv"))
    assert "no data files" in message


def test_a_package_that_is_not_installed_is_named(lab):
    [(code_, cell, message)] = told(lab, "ModuleNotFoundError", "No module named 'torch'")
    assert (code_, cell) == ("missing_package", "#3")
    assert "“torch”" in message


@pytest.mark.parametrize(
    ("ename", "evalue"),
    [
        ("ModuleNotFoundError", "No module named 'os.pathe'; 'os.path' is not a package"),
        ("ModuleNotFoundError", "something else"),
        ("FileNotFoundError", "something else"),
        ("ValueError", "No module named 'torch'"),
    ],
)
def test_other_errors_are_the_students_own(lab, ename, evalue):
    assert told(lab, ename, evalue) == []
