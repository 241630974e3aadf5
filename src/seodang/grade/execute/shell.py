"""The IPython shell in which a student's cells run, and the capture of what they show.

Owns: one InteractiveShell without kernel, history file or threads, whose streams, displays, results and errors end
up in a `Recorder` as nbformat outputs, in the order in which Jupyter would have shown them.

Student code can reach everything in this module (`get_ipython()`, `sys.stdout`). So nothing here knows the harness,
its channels or its keys; what is recorded is only what the student could have printed anyway.
"""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import DollarFormatter
from traitlets import Type
from traitlets.config import Config

from seodang.grade.execute.opaque import opaque

MAX_STREAM_CHARS = 256 * 1024
MAX_RICH_CHARS = 6 * 1024 * 1024
MAX_OUTPUTS = 500
CUT = "\n… output beyond this point was not kept.\n"
MAX_TRACEBACK_LINES = 300
# Magics, commands and help; lines that IPython quotes, prompts that it takes off, an indented or blank beginning.
_SPECIAL = re.compile(r"[%!?]|^[ \t]*(?:[,;/]|>>>|\.\.\.|In ?\[)|\A\s", re.M)
MIME = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,80}/[A-Za-z0-9!#$&^_.+;=\- ]{1,80}")


class Recorder:
    """The outputs of the cell that runs now. A display with an id can be updated from a later cell."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.updates: list[dict[str, Any]] = []
        self.error: dict[str, Any] | None = None
        self._clear_next = False
        self._room = MAX_STREAM_CHARS
        self._rich_room = MAX_RICH_CHARS
        self._known_ids: set[str] = set()

    def start(self) -> None:
        self.outputs, self.updates, self.error = [], [], None
        self._clear_next = False
        self._room, self._rich_room = MAX_STREAM_CHARS, MAX_RICH_CHARS

    def take(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any] | None]:
        for output in self.outputs:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
        return self.outputs, self.updates, self.error

    def stream(self, name: str, text: str) -> None:
        if self._room <= 0:
            return
        if len(text) > self._room:
            text = text[: self._room] + CUT
        self._room -= len(text)
        self._clear_now()
        last = self.outputs[-1] if self.outputs else None
        if last is not None and last["output_type"] == "stream" and last["name"] == name:
            last["text"].append(text)
        else:
            self._add({"output_type": "stream", "name": name, "text": [text]})

    def display(self, kind: str, data: dict[str, Any], metadata: dict[str, Any] | None, **more: Any) -> None:
        self._clear_now()
        self._add({"output_type": kind, "data": self._fitting(data), "metadata": metadata or {}, **more})

    def update(self, data: dict[str, Any], metadata: dict[str, Any] | None, display_id: str) -> None:
        self.updates.append({"display_id": display_id, "data": self._fitting(data), "metadata": metadata or {}})

    def failed(self, ename: str, evalue: str, traceback: list[str]) -> None:
        lines = [line[:20_000] for line in traceback[-MAX_TRACEBACK_LINES:]]
        self.error = {"ename": ename[:200], "evalue": evalue[:20_000], "traceback": lines}
        self._clear_now()
        self.outputs.append({"output_type": "error", **self.error})

    def clear(self, wait: bool) -> None:
        self._clear_next = wait
        if not wait:
            self.outputs = []

    def _clear_now(self) -> None:
        if self._clear_next:
            self.outputs, self._clear_next = [], False

    def _add(self, output: dict[str, Any]) -> None:
        if len(self.outputs) < MAX_OUTPUTS:
            self.outputs.append(output)

    def _fitting(self, data: dict[str, Any]) -> dict[str, Any]:
        size = sum(len(value) for value in data.values() if isinstance(value, str))
        if size > self._rich_room:
            return {"text/plain": f"… an output of {size} characters was not kept."}
        self._rich_room -= size
        return data


class Stream(io.TextIOBase):
    """What `sys.stdout` and `sys.stderr` are while cells run."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, name: str, recorder: Recorder, fd: int) -> None:
        self.name = f"<{name}>"
        self._stream_name = name
        self._recorder = recorder
        self._fd = fd
        self.buffer = _Bytes(self)

    def write(self, text: str, /) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self._recorder.stream(self._stream_name, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self._fd

    def close(self) -> None:
        """A closed stream would make every later cell fail; Jupyter's cannot be closed either."""


class _Bytes(io.RawIOBase):
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def write(self, data: Any, /) -> int:
        self._stream.write(bytes(data).decode("utf-8", "replace"))
        return len(data)

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        pass


class Results(DisplayHook):  # type: ignore[misc]
    """The value of a cell's last expression: an `execute_result`."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        data = plain_bundle(format_dict)
        if data:
            count = max(1, int(self.prompt_count))
            self.shell.recorder.display("execute_result", data, plain_metadata(md_dict), execution_count=count)

    def finish_displayhook(self) -> None:
        self._is_active = False


class Displays(DisplayPublisher):  # type: ignore[misc]
    """`display(...)`, figures and progress widgets: `display_data`, and updates of earlier ones."""

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: Any = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **ignored: Any,
    ) -> None:
        recorder = self.shell.recorder
        bundle, metadata = plain_bundle(data), plain_metadata(metadata)
        display_id = str((transient or {}).get("display_id") or "")[:100]
        if update and display_id:
            recorder.update(bundle, metadata, display_id)
        elif display_id:
            recorder.display("display_data", bundle, metadata, transient={"display_id": display_id})
        else:
            recorder.display("display_data", bundle, metadata)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.recorder.clear(wait)


_formatter = DollarFormatter()


class NoInput(RuntimeError):
    """Raised by `input()`: nobody sits before a notebook that is being marked."""


class StudentShell(InteractiveShell):  # type: ignore[misc]
    """IPython as Jupyter's kernel sets it up, without the kernel."""

    displayhook_class = Type(Results)
    display_pub_class = Type(Displays)

    def __init__(self, **kwargs: Any) -> None:
        self.recorder = Recorder()
        super().__init__(**kwargs)

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        try:
            text = str(evalue)
        except Exception:
            text = ""
        self.recorder.failed(str(getattr(etype, "__name__", etype)), text, [str(line) for line in stb])

    def transform_cell(self, raw_cell: str) -> str:
        """IPython looks at every token for magics; where nothing can be one, that is saved."""
        if raw_cell and not self.input_transformers_post and _SPECIAL.search(raw_cell) is None:
            return raw_cell if raw_cell.endswith("\n") else raw_cell + "\n"
        transformed: str = super().transform_cell(raw_cell)
        return transformed

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window system; `%matplotlib inline` needs none."""

    def ask_exit(self) -> None:
        """`exit` and `quit` end nothing: the next cell runs, as it does when a notebook is executed."""

    def system(self, cmd: str) -> None:
        """`!cmd`: what it prints appears in the cell, in order."""
        command = self.var_expand(cmd, depth=1)
        with subprocess.Popen(  # noqa: S602 - the student's own command, inside the sandbox
            command,
            shell=True,
            executable="/bin/bash" if os.path.exists("/bin/bash") else None,  # noqa: PTH110
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                sys.stdout.write(line)
        code = process.returncode
        self.user_ns["_exit_code"] = code

    system_piped = system_raw = system

    def var_expand(self, cmd: str, depth: int = 0, formatter: Any = _formatter) -> str:
        """`!echo {x}` and `%magic {x}`: with the variables of the student's innermost function, and no others."""
        names = {**self.user_ns, **self.get_local_scope(0)}
        try:
            expanded = formatter.vformat(cmd, args=[], kwargs=names)
        except Exception:
            return cmd
        return expanded if isinstance(expanded, str) else cmd

    def get_local_scope(self, stack_depth: int) -> dict[str, Any]:
        """IPython counts frames and may end below the student's; this takes the first of the notebook's own."""
        frame = sys._getframe(1)
        for _ in range(12):
            if frame.f_globals is self.user_ns:
                return dict(frame.f_locals)
            if frame.f_back is None:
                break
            frame = frame.f_back
        return dict(self.user_ns)


def no_input(prompt: object = "", *ignored: Any, **more: Any) -> str:
    raise NoInput(
        "input() was called, but nobody is there to answer while a notebook is marked. "
        "Put the value into a variable instead."
    )


def plain_bundle(data: Any) -> dict[str, Any]:
    """A MIME bundle as JSON values: bytes as base64, everything odd left out."""
    import base64

    bundle: dict[str, Any] = {}
    for mime, value in dict(data).items():
        if not MIME.fullmatch(str(mime)):
            continue
        if isinstance(value, bytes | bytearray):
            bundle[str(mime)] = base64.b64encode(value).decode("ascii")
        elif isinstance(value, str):
            bundle[str(mime)] = value
        elif str(mime).endswith("json") and (plain := plain_json(value)) is not None:
            bundle[str(mime)] = plain
    return bundle


def plain_metadata(metadata: Any) -> dict[str, Any]:
    plain = plain_json(metadata or {})
    return plain if isinstance(plain, dict) else {}


def plain_json(value: Any) -> Any:
    import json

    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return None


def make_shell() -> StudentShell:
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "linux"
    config.InteractiveShell.enable_tip = False
    shell: StudentShell = StudentShell.instance(config=config)
    return shell


def install(shell: StudentShell) -> None:
    """Put the shell's streams and hooks in place of the process's own."""
    import builtins
    import getpass

    shell.streams = (Stream("stdout", shell.recorder, 1), Stream("stderr", shell.recorder, 2))
    sys.stdout, sys.stderr = shell.streams
    sys.displayhook = shell.displayhook
    builtins.input = no_input
    getpass.getpass = no_input
    register = os.register_at_fork
    os.register_at_fork = _no_student(register)
    sys.modules["posix"].register_at_fork = os.register_at_fork  # type: ignore[attr-defined]
    signal.signal(signal.SIGINT, _interrupted)


_in_cell = False


def _interrupted(_number: int, _frame: Any) -> None:
    """The driver asks a cell to stop, as Jupyter's button does; between cells nothing is to be stopped."""
    if _in_cell:
        raise KeyboardInterrupt


def _no_student(register: Any) -> Any:
    """Libraries may prepare for forks; a notebook's own code would run in the processes of its tests."""

    def register_at_fork(**hooks: Any) -> None:
        filename = sys._getframe(1).f_code.co_filename
        if filename.startswith((sys.prefix, sys.base_prefix)):
            register(**hooks)

    return opaque(register_at_fork)


def run_cell(shell: StudentShell, source: str) -> None:
    """One cell, as Jupyter runs it. What it shows is in the shell's recorder."""
    global _in_cell
    shell.recorder.start()
    if sys.stdout is None or sys.stderr is None:
        sys.stdout, sys.stderr = shell.streams
    _in_cell = True
    try:
        shell.run_cell(source, store_history=True)
    finally:
        _in_cell = False


def run_quietly(shell: StudentShell, source: str) -> None:
    global _in_cell
    shell.recorder.start()
    _in_cell = True
    try:
        shell.run_cell(source, store_history=False, silent=True)
    finally:
        _in_cell = False
