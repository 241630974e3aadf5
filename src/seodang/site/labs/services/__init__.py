"""What may happen to a lab; the only writers of its tables.

Everything takes keyword arguments and domain objects, never a request. `by`/`user` is the person who acts, and each
service asks `courses.access` itself (PermissionDenied when they may not). Refusals are `labs.errors`, `web.errors`
and `seodang.grade.errors`, all `SeodangError`s. Streams are binary, read once in chunks (`read(n)`).

    making       create_lab(*, access, due_at, stream, filename, title="", slug="", opens_at=None, data=None,
                     **settings) -> Lab                                              a draft; its check is a job
                 revise(*, lab, by, stream, filename, data=None, note="") -> LabRevision
                 accept_doubtful(*, revision, by)
    managing     update_settings(*, lab, by, **fields) -> Lab                         see managing.SETTINGS
                 publish / unpublish / delete_lab(*, lab, by)
                 set_extension(*, lab, user, by, days, reason="") -> LabExtension | None;  remove_extension(...)
    handing out  files_for(*, lab, access) -> tuple[ShownFile, ...]                   name, role, size, sha256,
    open()
                 zip_of(*, lab, shown) -> Iterator[bytes];  ZIP_NAME
    submitting   deadline(*, lab, user) -> Deadline;  late_days(*, deadline, at) -> int
                 attempts_left(*, lab, user) -> int | None
                 check_submission(*, lab, path, filename) -> Merged                   SubmissionRefused
                 submit(*, lab, user, stream, filename, received_at=None) -> Submission
                 place_in_queue(submission) -> int | None;  progress_of(submission) -> Progress | None
    points       points_of(submission) -> SubmissionPoints;  attempts_of(*, lab, user) -> tuple[SubmissionPoints,
    ...]
                 standing_of(*, lab, user) -> Standing;  class_standings(lab);  class_progress(lab) -> ClassProgress
                 question_statistics(lab) -> tuple[QuestionStatistics, ...];  most_missed(statistics)
                 seen_by_student(points, lab) -> SubmissionPoints;  standing_seen_by_student(standing, lab)
                 flags_for_student(flags)
    marking      notebook_of(grading) -> dict | None                                  the executed notebook
                 graded_of(grading) -> Graded | None                                  with flags; for staff
    by hand      queue(*, lab, question=None) -> MarkingQueue;  next_in_queue(*, lab, question, after=None)
                 give_mark(*, submission, question, by, points=None, items=(), comment="", seen=None) -> Mark
                 stamp_of(mark) -> str                                               for `seen`
                 remove_mark(*, submission, question, by);  model_answer(*, submission, question) -> str
                 rubric(*, lab, question);  add_item(*, lab, question, by, text, points) -> RubricItem
                 change_item(*, item, by, text=None, points=None);  move_item(*, item, by, position)
                 remove_item(*, item, by)
                 add_comment(*, submission, by, text);  remove_comment(*, comment, by)
                 comments_for_student(submission);  flags_seen(*, submission, by, seen=True)
                 shown_names(lab) -> {user id: name or pseudonym};  pseudonym_numbers(lab)
    regrading    start_regrade(*, lab, by, revision=None, submissions=None) -> Regrade;  under_way(lab)
                 preview(regrade) -> Preview;  apply(*, regrade, by) -> int;  cancel(*, regrade, by)
                 regrade_now(*, submission, by) -> Grading
    releasing    release_points(*, lab, by);  take_back(*, lab, by)
    similarity   start_similarity(*, lab, by) -> SimilarityReport;  pairs_of(report) -> list[FoundPair]
                 pair(*, report, a, b) -> SideBySide | None
    export       export_rows(*, lab) -> Iterator[list];  export_csv(lab) -> Iterator[bytes]
    for tasks    read_lab, start_grading, record_grading, fail_grading, let_wait, given_up, record_check, …

`points_of`, `standing_of` and `attempts_of` tell everything: whatever goes to a student goes through
`seen_by_student` or `standing_seen_by_student` first.
"""

from seodang.site.labs.services.exporting import export_csv, export_rows
from seodang.site.labs.services.hand import (
    MarkingQueue,
    QueuePlace,
    QueueQuestion,
    add_comment,
    add_item,
    change_item,
    comments_for_student,
    flags_seen,
    give_mark,
    model_answer,
    move_item,
    next_in_queue,
    queue,
    remove_comment,
    remove_item,
    remove_mark,
    rubric,
    stamp_of,
)
from seodang.site.labs.services.handing_out import ZIP_NAME, ShownFile, files_for, zip_of
from seodang.site.labs.services.inputs import read_lab
from seodang.site.labs.services.late import Deadline
from seodang.site.labs.services.making import (
    accept_doubtful,
    create_lab,
    record_check,
    record_check_refused,
    record_check_waits,
    revise,
)
from seodang.site.labs.services.managing import (
    SETTINGS,
    delete_lab,
    publish,
    remove_extension,
    set_extension,
    unpublish,
    update_settings,
)
from seodang.site.labs.services.marking import (
    answer_digests,
    fail_grading,
    given_up,
    graded_of,
    let_wait,
    notebook_of,
    record_grading,
    start_grading,
)
from seodang.site.labs.services.naming import pseudonym_numbers, shown_names
from seodang.site.labs.services.points import (
    ClassCounts,
    ClassProgress,
    QuestionPoints,
    QuestionStatistics,
    Standing,
    StandingState,
    SubmissionPoints,
    attempts_of,
    class_progress,
    class_standings,
    counting_of,
    flags_for_student,
    most_missed,
    points_of,
    question_statistics,
    seen_by_student,
    standing_of,
    standing_seen_by_student,
)
from seodang.site.labs.services.regrading import (
    Preview,
    PreviewRow,
    apply,
    cancel,
    preview,
    regrade_now,
    start_regrade,
    under_way,
)
from seodang.site.labs.services.releasing import release_points, take_back
from seodang.site.labs.services.similarity import (
    FoundPair,
    SideBySide,
    compare,
    pair,
    pairs_of,
    record_similarity,
    record_similarity_failed,
    start_similarity,
)
from seodang.site.labs.services.submitting import (
    Progress,
    attempts_left,
    check_submission,
    deadline,
    late_days,
    place_in_queue,
    progress_of,
    submit,
)

__all__ = [
    "SETTINGS",
    "ZIP_NAME",
    "ClassCounts",
    "ClassProgress",
    "Deadline",
    "FoundPair",
    "MarkingQueue",
    "Preview",
    "PreviewRow",
    "Progress",
    "QuestionPoints",
    "QuestionStatistics",
    "QueuePlace",
    "QueueQuestion",
    "ShownFile",
    "SideBySide",
    "Standing",
    "StandingState",
    "SubmissionPoints",
    "accept_doubtful",
    "add_comment",
    "add_item",
    "answer_digests",
    "apply",
    "attempts_left",
    "attempts_of",
    "cancel",
    "change_item",
    "check_submission",
    "class_progress",
    "class_standings",
    "comments_for_student",
    "compare",
    "counting_of",
    "create_lab",
    "deadline",
    "delete_lab",
    "export_csv",
    "export_rows",
    "fail_grading",
    "files_for",
    "flags_for_student",
    "flags_seen",
    "give_mark",
    "given_up",
    "graded_of",
    "late_days",
    "let_wait",
    "model_answer",
    "most_missed",
    "move_item",
    "next_in_queue",
    "notebook_of",
    "pair",
    "pairs_of",
    "place_in_queue",
    "points_of",
    "preview",
    "progress_of",
    "pseudonym_numbers",
    "publish",
    "question_statistics",
    "queue",
    "read_lab",
    "record_check",
    "record_check_refused",
    "record_check_waits",
    "record_grading",
    "record_similarity",
    "record_similarity_failed",
    "regrade_now",
    "release_points",
    "remove_comment",
    "remove_extension",
    "remove_item",
    "remove_mark",
    "revise",
    "rubric",
    "seen_by_student",
    "set_extension",
    "shown_names",
    "stamp_of",
    "standing_of",
    "standing_seen_by_student",
    "start_grading",
    "start_regrade",
    "start_similarity",
    "submit",
    "take_back",
    "under_way",
    "unpublish",
    "update_settings",
    "zip_of",
]
