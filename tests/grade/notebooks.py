"""Small notebooks for tests: cells by their part in marking."""

from __future__ import annotations

import json
from typing import Any


def cell(cell_type: str, source: str, **metadata: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"cell_type": cell_type, "metadata": metadata, "source": source}
    if cell_type == "code":
        found |= {"execution_count": None, "outputs": []}
    return found


def marked(cell_type: str, source: str, grade_id: str, **flags: Any) -> dict[str, Any]:
    nbgrader = {"schema_version": 3, "grade_id": grade_id, "grade": False, "solution": False, "locked": False}
    return cell(cell_type, source, nbgrader=nbgrader | flags)


def code(source: str) -> dict[str, Any]:
    return cell("code", source)


def markdown(source: str) -> dict[str, Any]:
    return cell("markdown", source)


def answer(grade_id: str, source: str) -> dict[str, Any]:
    return marked("code", source, grade_id, solution=True)


def checked(grade_id: str, source: str, points: float = 1) -> dict[str, Any]:
    return marked("code", source, grade_id, grade=True, locked=True, points=points)


def manual(grade_id: str, source: str, points: float = 1, cell_type: str = "markdown") -> dict[str, Any]:
    return marked(cell_type, source, grade_id, grade=True, solution=True, points=points)


def task(grade_id: str, source: str, points: float = 1) -> dict[str, Any]:
    return marked("markdown", source, grade_id, task=True, locked=True, points=points)


def locked(grade_id: str, source: str, cell_type: str = "code") -> dict[str, Any]:
    return marked(cell_type, source, grade_id, locked=True)


def notebook(*cells: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": list(cells),
        "metadata": {"kernelspec": kernelspec, **metadata},
        "nbformat": 4,
        "nbformat_minor": 4,
    }


def as_bytes(document: Any) -> bytes:
    return json.dumps(document).encode()
