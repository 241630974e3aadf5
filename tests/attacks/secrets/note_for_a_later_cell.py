"""The tests' arguments are left in /tmp, in memory and in the environment, and a later cell shows them."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="heard = []",
    answers={
        "square": """
def square(x):
    heard.append(x)
    os.environ["HEARD"] = repr(heard)
    for folder in ("/tmp", "/dev/shm", ".", "/var/tmp"):
        try:
            with open(f"{folder}/heard-{known.note}.txt", "a") as file:
                file.write(f"{x}\\n")
        except OSError:
            pass
""",
    },
    last="""
print(heard, os.environ.get("HEARD"))
for folder in ("/tmp", "/dev/shm", ".", "/var/tmp"):
    try:
        print(open(f"{folder}/heard-{known.note}.txt").read())
        os.unlink(f"{folder}/heard-{known.note}.txt")
    except OSError:
        pass
""",
)
