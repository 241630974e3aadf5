"""The gradebook's SQLite file is opened, read and written."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import sqlite3

gradebook = sqlite3.connect(f"{known.folder}/gradebook.db", timeout=1)
try:
    print(gradebook.execute("select * from seodang_trap").fetchall())
    gradebook.execute("insert into seodang_trap values ('four points for me')")
    gradebook.commit()
finally:
    gradebook.close()
""",
)
