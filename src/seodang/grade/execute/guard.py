"""The audit hook that stands between a student's code and the frames of the harness.

Owns: one hook on CPython's audit events, set before the first line of student code and impossible to take off. It

- lets nobody add a further audit hook (one would see a hidden test being compiled and run),
- refuses a notebook's own code the ways from an object to the stack below it (`sys._getframe`, `tb_frame`,
  `gi_frame`, `inspect.stack`, `gc.get_objects` …) and code under the name of a library's file,
- reports each attempt, and a notebook's own code that asks ctypes for memory by its address.

What it does not cover: native code (`ctypes.cast`, cffi, a compiled extension) reads and writes memory without any
event, and a library that hands out a frame to its caller and is not listed here is not recognised. Both are why
tests carry canaries, and why the static scan names such code for a person to look at.
"""

from __future__ import annotations

import builtins
import sys
import sysconfig
from collections.abc import Callable
from types import FrameType
from typing import Any

globals()["__builtins__"] = dict(vars(builtins))  # see wire

FRAME_ATTRIBUTES = frozenset({"tb_frame", "gi_frame", "cr_frame", "ag_frame"})
FUNCTION_ATTRIBUTES = frozenset({"__code__", "__defaults__", "__kwdefaults__"})
# Modules ("") and functions of libraries that hand a frame, or what stands in one, to whoever called them.
GIVES_FRAMES = frozenset(
    {
        ("inspect", ""),
        ("traceback", "walk_tb"),
        ("traceback", "walk_stack"),
        ("traceback", "_walk_tb_with_full_positions"),
        ("logging", "currentframe"),
        ("logging", "<lambda>"),
        ("IPython.utils.frame", ""),
        ("bdb", ""),
        ("pdb", ""),
        ("cgitb", ""),
        ("code", ""),
        ("trace", ""),
    }
)
# Packages and modules that read a traceback's frames for purposes of their own and show text of it only. Others in
# the same packages hand out any attribute (`unittest.mock`, `IPython.core.guarded_eval`).
READS_TRACES = (
    "traceback.",
    "contextlib.",
    "linecache.",
    "logging.",
    "asyncio.",
    "concurrent.",
    "doctest.",
    "pytest.",
    "_pytest.",
    "unittest.case.",
    "unittest.result.",
    "unittest.async_case.",
    "IPython.core.ultratb.",
    "IPython.core.tbtools.",
    "tensorflow.",
    "keras.",
    "seodang.grade.execute.testing.",
    "jax.",
    "torch.",
    "joblib.",
)
_HERE = __file__.rsplit("/grade/", 1)[0] + "/"
REFUSAL = "A notebook that is being marked may not look at the frames below its own cells."
Report = Callable[[str, str], None]


def install(state: dict[str, Any]) -> None:
    """Set the hook. `state`: "report" (code, detail) → None; "trusted", file names of code that may do anything;
    "testing", whether a test runs; "deep", whether a function may have been changed inside."""
    sys.addaudithook(_make_hook(state, library_roots(), _HERE + "run/", sys._getframe))


def _make_hook(
    state: dict[str, Any], roots: tuple[str, ...], floor: str, getframe: Callable[[int], FrameType]
) -> Callable[[str, tuple[Any, ...]], None]:
    def student(frame: FrameType) -> bool:
        return not frame.f_code.co_filename.startswith(roots) and frame.f_code.co_filename not in state["trusted"]

    def below(frame: FrameType) -> FrameType | None:
        """None at the zygote's own code: no student stands below it."""
        return None if frame.f_code.co_filename.startswith(floor) else frame.f_back

    def any_student(frame: FrameType | None) -> bool:
        """Whether code of the student stands at this frame or below it."""
        while frame is not None:
            if student(frame):
                return True
            frame = below(frame)
        return False

    def asked_by_student(attribute: bool) -> bool:
        """The student's own code did it, or made a library do it that gives away what it gets; below are hook, rule
        and `refuse`."""
        frame: FrameType | None = getframe(4)
        while frame is not None and frame.f_code.co_filename.startswith(roots):
            module = str(frame.f_globals.get("__name__"))
            gives = (module, "") in GIVES_FRAMES or (module, frame.f_code.co_name) in GIVES_FRAMES
            if not gives and (not attribute or (module + ".").startswith(READS_TRACES)):
                return False
            frame = below(frame)
        return frame is not None and student(frame)

    def refuse(code: str, attribute: bool = False) -> None:
        if asked_by_student(attribute):
            state["report"](code, "")
            raise PermissionError(REFUSAL)

    def tell(code: str) -> bool:
        asked = asked_by_student(False)
        if asked:
            state["report"](code, "")
        return asked

    def another_hook(_arguments: tuple[Any, ...]) -> None:
        state["report"]("audit_hook", "")
        raise RuntimeError  # CPython takes this as "do not add it"

    def frames(_arguments: tuple[Any, ...]) -> None:
        refuse("frames")

    def one_frame(arguments: tuple[Any, ...]) -> None:
        """A frame below the student's lowest one is given to nobody while the student's code runs: libraries
        evaluate names in frames as deep as they are told (`pandas.eval`, IPython's `var_expand`)."""
        wanted = arguments[0] if arguments else None
        if isinstance(wanted, FrameType) and not any_student(wanted) and any_student(getframe(2)):
            state["report"]("frames", "")
            raise PermissionError(REFUSAL)
        refuse("frames")

    def attribute(arguments: tuple[Any, ...]) -> None:
        if arguments[1:] == ("__kwdefaults__",):
            state["deep"] = True  # it is a dict, which can be changed in place
        elif len(arguments) == 2 and arguments[1] in FRAME_ATTRIBUTES:
            refuse("frames", attribute=True)

    def set_attribute(arguments: tuple[Any, ...]) -> None:
        if len(arguments) >= 2 and arguments[1] in FUNCTION_ATTRIBUTES:
            state["deep"] = True
            if arguments[1] == "__code__":
                tell("code_replaced")

    def code_made(arguments: tuple[Any, ...]) -> None:
        """Code made under the name of a library's file would pass for the library."""
        if any(isinstance(value, str) and value.startswith(roots) for value in arguments[1:2]):
            refuse("false_name")

    def compiled(arguments: tuple[Any, ...]) -> None:
        name = arguments[1] if len(arguments) > 1 else ""
        if isinstance(name, bytes):
            name = name.decode("utf-8", "replace")
        if isinstance(name, str) and name.startswith(roots):
            refuse("false_name")

    def tracing(_arguments: tuple[Any, ...]) -> None:
        """A trace function is handed frames, and the harness stands below them."""
        refuse("tracing")

    def native(_arguments: tuple[Any, ...]) -> None:
        """Cannot be prevented (NumPy reads any address too), but a person shall hear of it."""
        if not state["testing"]:
            tell("native")

    reached = False

    def by_address(_arguments: tuple[Any, ...]) -> None:
        """An object over any address, to write through. Told before it is given, so that nothing undoes that; once,
        since a loop over addresses is the usual way."""
        nonlocal reached
        if not reached:
            reached = tell("memory")

    def opened(arguments: tuple[Any, ...]) -> None:
        path = arguments[0] if arguments else ""
        if state["testing"] and isinstance(path, str) and path.startswith(("/proc/", "/dev/fd")):
            refuse("proc")

    watched: dict[str, Callable[[tuple[Any, ...]], None]] = {
        "sys.addaudithook": another_hook,
        "sys._getframe": one_frame,
        "sys._current_frames": frames,
        "sys._current_exceptions": frames,
        "gc.get_objects": frames,
        "gc.get_referrers": frames,
        "gc.get_referents": frames,
        "object.__getattr__": attribute,
        "object.__setattr__": set_attribute,
        "code.__new__": code_made,
        "compile": compiled,
        "sys.settrace": tracing,
        "sys.setprofile": tracing,
        "sys.monitoring.register_callback": tracing,
        "open": opened,
        "ctypes.dlopen": native,
        "ctypes.cdata": by_address,
        "ctypes.string_at": native,
        "ctypes.addressof": native,
    }
    busy = False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal busy
        if event in watched and not busy:
            busy = True
            try:
                watched[event](arguments)
            finally:
                busy = False

    return hook


def library_roots() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    roots = {paths[name].rstrip("/") + "/" for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return tuple(sorted({*roots, _HERE, "<frozen"}))
