"""What may happen to a ladder; the only writers of its tables.

Everything takes keyword arguments and domain objects, never a request. `by` is the person who acts, and each
service asks `courses.access` itself (PermissionDenied when they may not). Streams are binary, read in chunks.

    making      create_ladder(*, access, stream, filename, title="", predict_stream=None, predict_filename="",
                    predict=True, **choices) -> Ladder                                             a draft
                create_from_files(*, access, table, table_name, title, origin, …, **choices) -> Ladder
                climb_again(*, ladder, by) -> Ladder                a draft on the same table
                inspect(ladder) -> score.inspect_table.TableInfo
    asking      choose(*, ladder, by, **choices);  start(*, ladder, by) -> Ladder          WAITING, then a job
                stop(*, ladder, by);  place_in_line(ladder) -> int;  waits_for_own(ladder) -> Ladder | None
                fill_the_line()                                     gives waiting ladders their jobs
    managing    share(*, ladder, by, shared);  rename(*, ladder, by, title);  delete_ladder(*, ladder, by)
                predict_table(*, ladder, by, stream, filename)      with the saved model, as a job
    for tasks   begin, still_wanted, record_progress, record_climbed, record_failed, record_predicted,
                record_not_predicted
"""

from seodang.site.ladders.services.asking import (
    CHOICES,
    choose,
    fill_the_line,
    may_choose,
    most_seconds,
    place_in_line,
    start,
    stop,
    waits_for_own,
)
from seodang.site.ladders.services.making import (
    climb_again,
    create_from_files,
    create_ladder,
    inspect,
)
from seodang.site.ladders.services.managing import (
    delete_ladder,
    may_delete,
    may_have_files,
    may_stop,
    predict_table,
    rename,
    share,
)
from seodang.site.ladders.services.recording import (
    begin,
    record_climbed,
    record_failed,
    record_not_predicted,
    record_predicted,
    record_progress,
    still_wanted,
)

__all__ = [
    "CHOICES",
    "begin",
    "choose",
    "climb_again",
    "create_from_files",
    "create_ladder",
    "delete_ladder",
    "fill_the_line",
    "inspect",
    "may_choose",
    "may_delete",
    "may_have_files",
    "may_stop",
    "most_seconds",
    "place_in_line",
    "predict_table",
    "record_climbed",
    "record_failed",
    "record_not_predicted",
    "record_predicted",
    "record_progress",
    "rename",
    "share",
    "start",
    "still_wanted",
    "stop",
    "waits_for_own",
]
