"""Every file that the process can see is searched: notebooks, databases, keys, password hashes."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    needs_wall=True,
    code="""
import os
import time

end = time.monotonic() + 2
skipped = ("/proc", "/sys", "/dev", "/usr", "/lib", "/bin", "/sbin", "/opt")
for folder, folders, names in os.walk("/"):
    folders[:] = [name for name in folders if not os.path.join(folder, name).startswith(skipped)
                  and name not in ("site-packages", "lib", "node_modules", ".git")]
    for name in names:
        path = os.path.join(folder, name)
        if name.endswith((".ipynb", ".db", ".sqlite3", ".pem", ".key")) or name in ("shadow", "secret.txt", ".env"):
            try:
                text = open(path, "rb").read(200000).decode(errors="replace")
            except OSError:
                continue
            if name == "shadow" and ":$" in text:
                harm("read password hashes")
            if "BEGIN HIDDEN" in text and "def hunt" not in text:
                harm(f"read hidden tests in {name}")
            if name != "houses.csv" and "secret-" in text:
                print(path, text)
    if time.monotonic() > end:
        break
""",
)
