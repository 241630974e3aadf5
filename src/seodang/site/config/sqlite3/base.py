"""The backend: a transaction stands in line before it begins, a single writing statement while it runs."""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3 import base

from seodang.site.config.sqlite3.line import Line, line_of

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, which calls `_start_transaction_under_autocommit` for the outermost `atomic` alone."""

    _in_line = False

    @property
    def _line(self) -> Line | None:
        name = str(self.settings_dict["NAME"])
        return None if self.is_in_memory_db() else line_of(name)

    def _start_transaction_under_autocommit(self) -> None:
        self._enter_line()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._leave_line()
            raise

    def _commit(self) -> Any:
        super()._commit()
        self._leave_line()

    def _rollback(self) -> Any:
        try:
            super()._rollback()
        finally:
            self._leave_line()

    def _close(self) -> Any:
        try:
            super()._close()
        finally:
            self._leave_line()

    def _enter_line(self) -> None:
        line = self._line
        if line is not None and not self._in_line:
            self._in_line = line.enter()

    def _leave_line(self) -> None:
        if self._in_line:
            self._in_line = False
            assert self._line is not None
            self._line.leave()

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = self.connection.cursor(factory=Cursor)
        cursor.database = self
        return cursor


class Cursor(base.SQLiteCursorWrapper):
    database: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:
        if not self._writes_alone(query):
            return super().execute(query, params)
        self.database._enter_line()
        try:
            return super().execute(query, params)
        finally:
            self.database._leave_line()

    def _writes_alone(self, query: str) -> bool:
        """A writing statement that is a transaction of its own."""
        database = self.database
        alone = not database._in_line and not database.in_atomic_block
        return alone and query.lstrip()[:7].upper().startswith(WRITES)
