"""Random codes and the digests under which secrets are kept."""

from __future__ import annotations

import hashlib
import secrets

# No 0/O, 1/I/L: these are read aloud and typed from a projector.
UNAMBIGUOUS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
# RFC 8628, section 6.1: no vowels, so that no code spells a word.
CONSONANTS = "BCDFGHJKLMNPQRSTVWXZ"


def digest(secret: str) -> str:
    """SHA-256, hexadecimal. Enough for secrets of full random strength; never used for passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()


def random_code(length: int, alphabet: str = UNAMBIGUOUS) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def typed_code(text: str) -> str:
    """A code as a person typed it: case, spaces and dashes do not matter."""
    return "".join(letter for letter in text.upper() if letter.isalnum())
