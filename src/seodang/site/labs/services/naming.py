"""What staff call the students of a lab: by name, or “Student 417” while it is marked without seeing names.

A number is drawn from lab and person and stays theirs: those who hand in later move nobody. It keeps names from an
eye that is marking; it is no wall, since the same staff see names on other pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db.models import Min
from django.utils.translation import gettext

from seodang.site.labs.models import Lab

NUMBERS = 1000


def numbers_for(user_ids: Sequence[int], salt: str) -> dict[int, int]:
    """A number from 1 to 999 (more, where there are that many people) for each, in the order they came."""
    room = max(NUMBERS, 4 * len(user_ids))
    taken: dict[int, int] = {}
    for user_id in user_ids:
        number = int.from_bytes(hashlib.sha256(f"{salt}:{user_id}".encode()).digest()[:6]) % (room - 1) + 1
        while number in taken:
            number = number % (room - 1) + 1
        taken[number] = user_id
    return {user_id: number for number, user_id in taken.items()}


def pseudonym_numbers(lab: Lab) -> dict[int, int]:
    """user id → number, for everybody who has handed in."""
    came = lab.submissions.order_by().values("user_id").annotate(first=Min("pk")).order_by("first")
    return numbers_for([row["user_id"] for row in came], f"lab {lab.pk}")


def shown_names(lab: Lab) -> dict[int, str]:
    """user id → what marking pages call them, for everybody who has handed in."""
    if lab.anonymous_marking:
        return {
            user_id: gettext("Student %(number)s") % {"number": number}
            for user_id, number in pseudonym_numbers(lab).items()
        }
    found = lab.submissions.order_by().values_list("user_id", "user__name", "user__email").distinct()
    return {user_id: name or email for user_id, name, email in found}
