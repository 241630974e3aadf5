"""What may happen to a competition; the only writers of its tables.

Everything takes keyword arguments and domain objects, never a request. `by`/`user` is the person who acts, and each
service asks `courses.access` itself (PermissionDenied when they may not). Refusals are `competitions.errors` and
`seodang.score.errors`, all `SeodangError`s. Streams are binary, read once in chunks (`read(n)`).

    making      create_competition(*, access, title, slug="", spec=None) -> Competition                 a draft
                create_from_folder(*, access, archive_or_files, slug="") -> Competition    zip or {name: stream}
                store_source(*, competition, by, name, stream, keep_others=False) -> CompetitionFile
                forget_source(*, competition, by, name);  sources(competition) -> list[CompetitionFile]
                inspect_source(competition, name="") -> score.inspect_table.TableInfo
                start_preparing(*, competition, by, spec) -> Competition              PREPARING, then a job
                may_prepare(competition) -> bool
    managing    update_settings(*, competition, by, **fields) -> Competition           see managing.SETTINGS
                publish / unpublish / delete_competition(*, competition, by)
    entering    check_entry(*, competition, path, max_bytes=None) -> Prediction        PredictionRefused
                enter(*, competition, user, stream, filename, message="", baseline_name=None, received_at=None)
                quota(*, competition, team=None, user=None, now=None) -> Quota
                withdraw(*, entry, by, reason="");  score_again(*, entry, by)          a FAILED entry
    teams       team_of(*, competition, user) -> Team | None;  captain_of(team) -> User | None
                create_team(*, competition, by, name) -> Team;  rename_team(*, team, by, name)
                invite_to_team(*, team, by, who) -> TeamOffer        who: e-mail or name; with a team: a merge
                propose_merge(*, team, by, other) -> TeamOffer
                accept_offer(*, offer, by) -> Team;  decline_offer(*, offer, by);  withdraw_offer(*, offer, by)
                leave_team(*, team, by);  hand_over_captaincy(*, team, by, to)
                teams_change_until(competition) -> bool              may teams still change now?
    picking     pick_finals(*, team, by, entries)                    all picks at once; none takes them back
    rescoring   revise(*, competition, by, reason, truth_stream=None, truth_name="", metric=None,
                    metric_options=None) -> Revision
    climbing    climb_training_data(*, competition, by, **choices) -> Ladder     on the training data; a draft
                post_baselines(*, competition, by, ladder, rungs=None) -> list[Posted]
                may_climb(competition, access);  ladders_of(competition, access);  origin_of(competition)
                baseline_name(competition, rung)
    export      export_rows(*, competition, what="entries") -> Iterator[list]    entries, public, private, teams
    for tasks   record_prepared, record_preparing_failed, record_scoring, record_uncertainty, mark_failed,
                open_private_boards, entries_to_rescore, enqueue_scoring, enqueue_measuring, enqueue_rescoring
"""

from seodang.site.competitions.export import export_rows
from seodang.site.competitions.services._common import team_of
from seodang.site.competitions.services.climbing import (
    Posted,
    baseline_name,
    climb_training_data,
    decimals_of,
    ladders_of,
    may_climb,
    origin_of,
    post_baselines,
)
from seodang.site.competitions.services.entering import check_entry, enter, score_again, withdraw
from seodang.site.competitions.services.making import (
    create_competition,
    create_from_folder,
    forget_source,
    inspect_source,
    may_prepare,
    record_prepared,
    record_preparing_failed,
    sources,
    start_preparing,
    store_source,
)
from seodang.site.competitions.services.managing import (
    SETTINGS,
    delete_competition,
    publish,
    unpublish,
    update_settings,
)
from seodang.site.competitions.services.picking import pick_finals
from seodang.site.competitions.services.quotas import Quota, quota
from seodang.site.competitions.services.rescoring import enqueue_rescoring, entries_to_rescore, revise
from seodang.site.competitions.services.scoring import (
    Measured,
    enqueue_measuring,
    enqueue_scoring,
    mark_failed,
    open_private_boards,
    record_scoring,
    record_uncertainty,
)
from seodang.site.competitions.services.teams import (
    accept_offer,
    captain_of,
    create_team,
    decline_offer,
    hand_over_captaincy,
    invite_to_team,
    leave_team,
    propose_merge,
    rename_team,
    teams_change_until,
    withdraw_offer,
)

__all__ = [
    "SETTINGS",
    "Measured",
    "Posted",
    "Quota",
    "accept_offer",
    "baseline_name",
    "captain_of",
    "check_entry",
    "climb_training_data",
    "create_competition",
    "create_from_folder",
    "create_team",
    "decimals_of",
    "decline_offer",
    "delete_competition",
    "enqueue_measuring",
    "enqueue_rescoring",
    "enqueue_scoring",
    "enter",
    "entries_to_rescore",
    "export_rows",
    "forget_source",
    "hand_over_captaincy",
    "inspect_source",
    "invite_to_team",
    "ladders_of",
    "leave_team",
    "mark_failed",
    "may_climb",
    "may_prepare",
    "open_private_boards",
    "origin_of",
    "pick_finals",
    "post_baselines",
    "propose_merge",
    "publish",
    "quota",
    "record_prepared",
    "record_preparing_failed",
    "record_scoring",
    "record_uncertainty",
    "rename_team",
    "revise",
    "score_again",
    "sources",
    "start_preparing",
    "store_source",
    "team_of",
    "teams_change_until",
    "unpublish",
    "update_settings",
    "withdraw",
    "withdraw_offer",
]
