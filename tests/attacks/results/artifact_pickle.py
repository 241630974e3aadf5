"""A run gives back a pickle that runs a command where it is loaded."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    program="""
import os
import pickle

class Command:
    def __reduce__(self):
        return os.system, (f"touch {known.folder}/outside/unpickled",)

for name in ("result.pkl", "model.joblib", "array.npy", "table.json"):
    with open(name, "wb") as file:
        pickle.dump(Command(), file)
""",
    artifacts=("*.pkl", "*.joblib", "*.npy", "*.json"),
    needs_wall=True,
)
