"""The command line: one module per noun or verb, loaded only when it is asked for."""

from seodang.cli.main import main

__all__ = ["main"]
