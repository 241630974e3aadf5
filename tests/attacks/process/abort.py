"""The process aborts, stops itself and kills itself."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    answers={
        "square": "import os\nimport signal\n\nos.kill(os.getpid(), signal.SIGKILL)",
        "greet": "import os\n\ndef greet(name):\n    os.abort()",
    },
)
