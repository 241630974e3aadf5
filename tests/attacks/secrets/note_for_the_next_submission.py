"""What one submission hears of the tests waits for the next one: files, shared memory, keyrings, modules."""

from __future__ import annotations

from tests.attacks.attack import Attack

SHARED = """
import ctypes

folders = ("/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~"), ".")
places = [f"{folder}/note-{known.note}" for folder in folders]
libc = ctypes.CDLL(None, use_errno=True)
key = int(known.note[:7], 16)

def leave(text):
    for place in places:
        try:
            with open(place, "a") as file:
                file.write(text)
        except OSError:
            pass
    segment = libc.shmget(key, 4096, 0o1666)
    if segment >= 0:
        libc.shmat.restype = ctypes.c_void_p
        address = libc.shmat(segment, None, 0)
        if address not in (None, ctypes.c_void_p(-1).value):
            ctypes.memmove(address, text.encode() + b"\\0", len(text) + 1)
    for ring in (-3, -4, -5):
        libc.syscall(248, b"user", known.note.encode(), text.encode(), len(text), ring)

def collect():
    texts = []
    for place in places:
        try:
            texts.append(open(place).read())
            os.unlink(place)
        except OSError:
            pass
    segment = libc.shmget(key, 4096, 0o666)
    if segment >= 0:
        libc.shmat.restype = ctypes.c_void_p
        address = libc.shmat(segment, None, 0)
        if address not in (None, ctypes.c_void_p(-1).value):
            texts.append(ctypes.string_at(address, 64).split(b"\\0")[0].decode(errors="replace"))
    found = libc.syscall(249, b"user", known.note.encode(), None, 0)
    if found > 0:
        buffer = ctypes.create_string_buffer(256)
        libc.syscall(250, 11, found, buffer, 256)
        texts.append(buffer.value.decode(errors="replace"))
    return [text for text in texts if text]
"""

ATTACK = Attack(
    code=(SHARED, "leave('left by the one before')"),
    answers={"square": "def square(x):\n    leave(f'heard {x} ')"},
    needs_wall=True,
    again=Attack(code=(SHARED, "for text in collect():\n    harm(f'a note from the submission before: {text}')")),
)
