"""Runs the tests on one database: `sqlite`, or `postgresql` where one can be reached.

PostgreSQL is the server of `SEODANG_TEST_POSTGRESQL` (a `postgres://` address whose user may create databases).
Without it the second half says so and is over; toolkit tests, which know no database, run in the first half only.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(database: str) -> int:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SEODANG_") or name.startswith("SEODANG_TEST_")
    }
    environment.pop("DATABASE_URL", None)
    arguments = [
        "-q",
        "-n",
        os.environ.get("TEST_PROCESSES", "auto"),
        "--dist",
        "loadfile",
        "-p",
        "no:cacheprovider",
    ]
    if database == "postgresql":
        address = os.environ.get("SEODANG_TEST_POSTGRESQL", "")
        if not address:
            print("No PostgreSQL here (SEODANG_TEST_POSTGRESQL is not set): the site was tested on SQLite alone.")
            return 0
        environment["DATABASE_URL"] = address
        arguments += ["tests/site"]
    with tempfile.TemporaryDirectory(prefix="seodang-test-") as storage:
        environment["SEODANG_STORAGE"] = storage
        print(f"== tests on {database}", flush=True)
        return subprocess.call([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
