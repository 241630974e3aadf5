"""The system's and the marking program's own files are opened for writing."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import glob
import os
import sys
import sysconfig

paths = ["/etc/passwd", "/etc/ld.so.preload", "/etc/profile", sys.executable, os.__file__, np.__file__,
         sysconfig.get_paths()["purelib"] + "/seodang.pth", f"{known.folder}/diary.txt",
         f"{known.folder}/outside/written",
         os.path.expanduser("~/.bashrc"), os.path.expanduser("~/.config/pip/pip.conf")]
paths += [module.__file__ for name, module in list(sys.modules.items())
          if name.startswith("seodang") and getattr(module, "__file__", None)]
for path in paths:
    existed = os.path.exists(path)
    try:
        with open(path, "r+" if existed else "x"):
            pass
        if not existed:
            os.unlink(path)
        if path.startswith(("/etc", "/usr", sys.prefix, known.folder)) or "seodang" in path:
            harm(f"could write {os.path.basename(path)}")
    except OSError as error:
        print(error)
with open(f"{known.folder}/diary.txt", "a") as diary:
    diary.write("the student was here")
""",
)
