"""Traps on the machine that marks: secrets that no student may read, places that no student may touch.

Everything here is readable and writable by every user of the machine, so that only the sandbox stands before it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import sqlite3
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SLEEPER = f"seodang-attack-sleeper-{os.getpid()}"  # tests in several processes have one each
MEBIBYTE = 1024 * 1024


class Traps:
    """A folder like a course's, an environment variable, listening sockets. `harm()` tells what was sprung.

    folder: of a course, if given (its `gradebook.db` may be a real one); else one with made-up content.
    limits: how far bombs go: beyond what the sandbox allows, and not far enough to hurt the machine.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.secret = f"secret-{secrets.token_hex(12)}"
        place = "/var/tmp" if Path("/var/tmp").is_dir() else None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="seodang-attacked-", dir=place))
        self.note = f"{secrets.token_hex(6)}"
        self.visits = 0
        self._made_up = folder is None
        self._stopping = False
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Traps:
        self._lay_folder()
        os.environ["SEODANG_ATTACK_SECRET"] = self.secret
        self.port = self._listen(socket.AF_INET, ("127.0.0.1", 0)).getsockname()[1]
        self.abstract = f"\0seodang-attack-{self.note}"
        self._listen(socket.AF_UNIX, self.abstract)
        self._listen(socket.AF_UNIX, str(self.folder / "trap.socket"))
        (self.folder / "trap.socket").chmod(0o777)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        os.environ.pop("SEODANG_ATTACK_SECRET", None)
        for one in self._sockets:
            one.close()
        if self._made_up:
            shutil.rmtree(self.folder, ignore_errors=True)

    def facts(self) -> dict[str, Any]:
        """What the attacker is told: the worst case is a student who knows where everything lies."""
        return {
            "folder": str(self.folder),
            "port": self.port,
            "abstract": self.abstract,
            "pid_namespace": str(Path("/proc/self/ns/pid").readlink()),
            "driver": os.getpid(),
            "sleeper": SLEEPER,
            "note": self.note,
            "many_processes": 300,
            "much_memory": 1536 * MEBIBYTE,
            "much_disk": 512 * MEBIBYTE,
        }

    def harm(self, texts: Iterable[str] = ()) -> list[str]:
        """What the attacks did since the last call, and what their outputs (`texts`) tell or show."""
        found = sorted({line.strip() for text in texts for line in text.splitlines() if "HARM: " in line})
        found += [f"shown: {self.secret}" for text in texts if self.secret in text][:1]
        found += [f"written: {path.name}" for path in sorted((self.folder / "outside").iterdir())]
        for path in (self.folder / "outside").iterdir():
            path.unlink()
        if (self.folder / "diary.txt").read_text() != "dear diary\n":
            found.append("changed: diary.txt")
            (self.folder / "diary.txt").write_text("dear diary\n")
        found += self._gradebook_harm()
        if self.visits:
            found.append(f"connected to a service of the machine {self.visits} times")
            self.visits = 0
        return found + self._left_running()

    def _lay_folder(self) -> None:
        self.folder.chmod(0o777)
        outside = self.folder / "outside"
        outside.mkdir(exist_ok=True)
        outside.chmod(0o777)
        other = self.folder / "submitted" / "kim" / "attacked"
        other.mkdir(parents=True, exist_ok=True)
        cell = {"cell_type": "markdown", "metadata": {}, "source": self.secret}
        notebook = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
        (other / "kim.ipynb").write_text(json.dumps(notebook))
        (self.folder / "secret.txt").write_text(self.secret)
        (self.folder / "secret.txt").chmod(0o666)
        (self.folder / "diary.txt").write_text("dear diary\n")
        (self.folder / "diary.txt").chmod(0o666)
        with self._gradebook() as gradebook:
            gradebook.execute("create table if not exists seodang_trap (secret text)")
            gradebook.execute("insert into seodang_trap values (?)", (self.secret,))
        gradebook.close()
        (self.folder / "gradebook.db").chmod(0o666)

    def _gradebook(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "gradebook.db")

    def _gradebook_harm(self) -> list[str]:
        gradebook = self._gradebook()
        with gradebook:
            rows = gradebook.execute("select secret from seodang_trap").fetchall()
            forged = [row for row in rows if row[0] != self.secret]
            gradebook.execute("delete from seodang_trap where secret != ?", (self.secret,))
        gradebook.close()
        return ["changed: gradebook.db"] if forged or not rows else []

    def _listen(self, family: int, address: Any) -> socket.socket:
        server = socket.socket(family, socket.SOCK_STREAM)
        server.bind(address)
        server.listen()
        self._sockets.append(server)
        threading.Thread(target=self._serve, args=(server,), daemon=True).start()
        return server

    def _serve(self, server: socket.socket) -> None:
        while not self._stopping:
            try:
                visitor, _ = server.accept()
            except OSError:
                return
            self.visits += 1
            with visitor:
                visitor.sendall(self.secret.encode())

    def _left_running(self) -> list[str]:
        """Processes of an attack that outlived it; they are ended here."""
        left = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                if SLEEPER.encode() in words:
                    os.kill(int(folder.name), 9)
                    left.append("a process outlived its run")
            except OSError:
                continue
        return left[:1]
