"""nohup and setsid leave shells behind that write where they should not."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import subprocess

script = f"sleep 2; echo late > {known.folder}/outside/late; sleep 30"
for start in (["nohup"], ["setsid"], []):
    for new_session in (True, False):
        try:
            subprocess.Popen([*start, "sh", "-c", script, known.sleeper], start_new_session=new_session,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except OSError as error:
            print(error)
""",
    needs_wall=True,
)
