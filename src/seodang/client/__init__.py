"""The site from Python: `Client().competition("breast-cancer").submit("prediction.csv", "my first")`.

client        Client: one person at one site
competition   Competition and Entry: files, entries, board, and the host's verbs
ladder        Ladder and Rung: climbing, what came of it
lab           Lab and Submission: files, handing in, points, and the staff's verbs
models        what the site says, as plain values
errors        what can go wrong, and what to do
config        which sites this person is logged in to
device        logging in from a terminal (RFC 8628)
transport     HTTP, retries
uploads, downloads
"""

from seodang.client.client import Client
from seodang.client.competition import Competition, Entry
from seodang.client.errors import (
    Ambiguous,
    ClientError,
    Closed,
    Damaged,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    NotSendable,
    Problem,
    QuotaExhausted,
    Refused,
    ServerFault,
    StillWaiting,
    TooMany,
    Unreachable,
    WouldOverwrite,
)
from seodang.client.lab import Lab, Submission
from seodang.client.ladder import Ladder
from seodang.client.models import Board, Course, File, Me, Quota, Score, Standing

__all__ = [
    "Ambiguous",
    "Board",
    "Client",
    "ClientError",
    "Closed",
    "Competition",
    "Course",
    "Damaged",
    "Entry",
    "File",
    "Lab",
    "Ladder",
    "Me",
    "NotAllowed",
    "NotFound",
    "NotLoggedIn",
    "NotSendable",
    "Problem",
    "Quota",
    "QuotaExhausted",
    "Refused",
    "Score",
    "ServerFault",
    "Standing",
    "StillWaiting",
    "Submission",
    "TooMany",
    "Unreachable",
    "WouldOverwrite",
]
