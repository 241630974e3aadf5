"""A finder on sys.meta_path and a path hook serve the student's unittest."""

from __future__ import annotations

from tests.attacks.attack import Attack

ATTACK = Attack(
    code="""
import importlib.abc
import importlib.machinery
import sys

class Lenient:
    def __getattr__(self, name):
        return lambda *args, **kwargs: None

class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "unittest":
            return importlib.machinery.ModuleSpec(name, self)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.TestCase = Lenient

for name in [name for name in sys.modules if name.split(".")[0] == "unittest"]:
    del sys.modules[name]
sys.meta_path.insert(0, Finder())
sys.path_hooks.insert(0, lambda path: Finder())
sys.path_importer_cache.clear()
""",
)
