"""What can go wrong when code is run.

RunError
├── SpecInvalid            a RunSpec or Limits that makes no sense
├── SandboxUnavailable     a sandbox that this machine cannot offer, or whose limits do not hold
├── ImageLacks             a package that the image does not have
└── ZygoteError            the parent that forks runs answered wrongly, or died
"""

from __future__ import annotations

from seodang.errors import SeodangError


class RunError(SeodangError):
    code = "run"


class SpecInvalid(RunError):
    code = "spec_invalid"


class SandboxUnavailable(RunError):
    code = "sandbox_unavailable"


class ImageLacks(RunError):
    code = "image_lacks"


class ZygoteError(RunError):
    code = "zygote"
