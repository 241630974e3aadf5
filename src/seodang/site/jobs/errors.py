"""What can go wrong with a job.

SeodangError
└── JobError
    ├── LeaseLost     the worker no longer holds the job; whatever it still wanted to say is refused
    └── GiveUp        raised by a task: trying again would not help
"""

from __future__ import annotations

from seodang.errors import SeodangError


class JobError(SeodangError):
    code = "job"


class LeaseLost(JobError):
    code = "lease_lost"


class GiveUp(JobError):
    code = "gave_up"
