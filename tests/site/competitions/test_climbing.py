"""From a competition's training data to a ladder, and from its rungs to marked baselines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from tests.site.competitions.conftest import IDS, add_file

from seodang.site.competitions import services
from seodang.site.competitions.errors import CompetitionError, CompetitionNotReady
from seodang.site.competitions.models import Competition, Entry, FileRole, Team
from seodang.site.ladders import services as ladders
from seodang.site.ladders.models import Ladder, Rung

pytestmark = pytest.mark.django_db

TRAIN = b"id,size,target\n" + b"".join(b"t%d,%d,%d.5\n" % (i, i, i) for i in range(30))
TEST = b"id,size\n" + b"".join(f"{name},{i}\n".encode() for i, name in enumerate(IDS))


@pytest.fixture
def with_data(competition) -> Competition:
    add_file(competition, FileRole.TRAIN, "train.csv", TRAIN, n_rows=30)
    add_file(competition, FileRole.TEST, "test.csv", TEST, n_rows=len(IDS))
    Competition.objects.filter(pk=competition.pk).update(
        spec={"target": "target", "id": "id", "split": {"seed": 424242}}
    )
    competition.refresh_from_db()
    return competition


def prediction_of(off: float, ids=IDS, *, with_ids: bool = True) -> bytes:
    rows = [f"{name},{i + off}" if with_ids else f"{i + off}" for i, name in enumerate(ids)]
    return "\n".join(["id,prediction" if with_ids else "prediction", *rows, ""]).encode()


@pytest.fixture
def climbed(with_data, professor):
    """`climbed({"forest": prediction, "svm": None})`: a ladder that is done, with what its rungs predicted."""

    def make(predictions: dict[str, bytes | None], *, competition: Competition = with_data) -> Ladder:
        ladder = services.climb_training_data(competition=competition, by=professor)
        Ladder.objects.filter(pk=ladder.pk).update(state="done", result={"best": next(iter(predictions))})
        for order, (name, content) in enumerate(predictions.items()):
            rung = Rung(ladder=ladder, name=name, title=name.title(), order=order)
            if content is None:
                rung.skipped = {"code": "rows", "template": "Too many rows: %(n)s.", "params": {"n": 9}}
            else:
                rung.score = 1.0
                rung.prediction.save("p.csv", ContentFile(content), save=False)
            rung.save()
        ladder.refresh_from_db()
        return ladder

    return make


# --- a ladder on the training data ----------------------------------------------------------------------------


def test_a_student_climbs_on_what_students_get(with_data, student):
    ladder = services.climb_training_data(competition=with_data, by=student)
    assert (ladder.target, ladder.metric, ladder.leave_out) == ("target", "rmse", ["id"])
    assert (ladder.table.read(), ladder.predict_table.read()) == (TRAIN, TEST)
    assert ladder.origin == f"competition:{with_data.pk}"
    assert (ladder.state, ladder.owner) == ("draft", student)


def test_the_seed_that_split_the_rows_is_told_to_nobody(with_data, student):
    assert services.climb_training_data(competition=with_data, by=student).seed != 424242


def test_nobody_climbs_before_the_data_open(with_data, student, professor):
    Competition.objects.update(opens_at=timezone.now() + timedelta(hours=1))
    with_data.refresh_from_db()
    with pytest.raises(CompetitionNotReady):
        services.climb_training_data(competition=with_data, by=student)
    assert services.climb_training_data(competition=with_data, by=professor)


def test_the_target_is_the_column_that_only_the_training_data_have(with_data, student):
    Competition.objects.update(spec={})
    with_data.refresh_from_db()
    assert services.climb_training_data(competition=with_data, by=student).target == "target"


def test_the_page_makes_the_ladder_and_leads_to_it(with_data, student, client_for):
    where = [with_data.course.slug, with_data.slug]
    browser = client_for(student)
    assert (
        reverse("competitions:climb", args=where)
        in browser.get(reverse("competitions:data", args=where)).content.decode()
    )
    answer = browser.post(reverse("competitions:climb", args=where))
    assert answer["Location"] == Ladder.objects.get().get_absolute_url()


# --- rungs as baselines ---------------------------------------------------------------------------------------


def states(posted) -> dict[str, str]:
    return {one.rung: one.state for one in posted}


def test_rungs_are_entered_as_marked_baselines_and_scored(with_data, professor, climbed, run_jobs):
    ladder = climbed({"forest": prediction_of(0.5), "linear": prediction_of(2.0)})
    posted = services.post_baselines(competition=with_data, by=professor, ladder=ladder)
    assert states(posted) == {"forest": "entered", "linear": "entered"}
    run_jobs()
    scores = {e.team.name: e.scorings.get().public_score for e in Entry.objects.select_related("team")}
    assert scores == {"Forest": 0.5, "Linear": 2.0}
    assert Team.objects.filter(is_baseline=True).count() == 2


def test_posting_again_changes_only_what_has_changed(with_data, professor, climbed):
    first = climbed({"forest": prediction_of(0.5), "linear": prediction_of(2.0)})
    services.post_baselines(competition=with_data, by=professor, ladder=first)
    assert set(states(services.post_baselines(competition=with_data, by=professor, ladder=first)).values()) == {
        "unchanged"
    }
    second = climbed({"forest": prediction_of(0.25), "linear": prediction_of(2.0)})
    posted = services.post_baselines(competition=with_data, by=professor, ladder=second)
    assert states(posted) == {"forest": "entered", "linear": "unchanged"}
    assert Entry.objects.standing().count() == 2
    assert Entry.objects.filter(withdrawn_at__isnull=False).get().team.name == "Forest"


def test_what_cannot_be_used_is_named_with_its_reason(with_data, professor, climbed):
    ladder = climbed({"svm": None, "forest": prediction_of(0.5), "tree": prediction_of(1.0, IDS[:5])})
    posted = services.post_baselines(competition=with_data, by=professor, ladder=ladder)
    assert states(posted) == {"svm": "unusable", "forest": "entered", "tree": "unusable"}
    reasons = {one.rung: one.reason for one in posted}
    assert "Too many rows: 9" in reasons["svm"]
    assert reasons["tree"]


def test_a_team_of_students_with_the_rungs_name_keeps_it(with_data, professor, climbed):
    Team.objects.create(competition=with_data, name="Forest")
    posted = services.post_baselines(
        competition=with_data, by=professor, ladder=climbed({"forest": prediction_of(0.5)})
    )
    assert states(posted) == {"forest": "unusable"}
    assert "Forest" in posted[0].reason


def test_ids_that_a_prediction_does_not_carry_are_those_of_the_test_data(with_data, professor, climbed, run_jobs):
    ladder = climbed({"forest": prediction_of(0.5, with_ids=False)})
    services.post_baselines(competition=with_data, by=professor, ladder=ladder)
    run_jobs()
    assert Entry.objects.get().scorings.get().public_score == 0.5


def test_a_ladder_of_other_data_is_refused(with_data, make_competition, professor, climbed):
    ladder = climbed({"forest": prediction_of(0.5)})
    other = make_competition()
    with pytest.raises(CompetitionError):
        services.post_baselines(competition=other, by=professor, ladder=ladder)


def test_classes_are_entered_as_the_probability_of_the_second(with_data, professor, climbed):
    Competition.objects.update(metric="log_loss", labels=["0", "1"])
    with_data.refresh_from_db()
    rows = [f"{name},1,0.25,0.75" for name in IDS]
    ladder = climbed({"forest": "\n".join(["id,prediction,p(0.0),p(1.0)", *rows, ""]).encode()})
    posted = services.post_baselines(competition=with_data, by=professor, ladder=ladder)
    assert states(posted) == {"forest": "entered"}
    assert Entry.objects.get().file.read().decode().splitlines()[1] == f"{IDS[0]},0.75"


def test_the_host_ticks_rungs_and_posts_them(with_data, professor, climbed, client_for):
    ladder = climbed({"forest": prediction_of(0.5), "linear": prediction_of(2.0), "svm": None})
    address = reverse("competitions:baselines", args=[with_data.course.slug, with_data.slug])
    browser = client_for(professor)
    page = browser.get(address).content.decode()
    assert page.count("checked") == 2
    answer = browser.post(address, {"ladder": ladder.number, "rung": ["linear"]}, follow=True)
    assert "1 baseline is posted." in answer.content.decode()
    assert [entry.team.name for entry in Entry.objects.all()] == ["Linear"]


def test_students_have_no_such_page(with_data, student, client_for):
    address = reverse("competitions:baselines", args=[with_data.course.slug, with_data.slug])
    assert client_for(student).get(address).status_code == 403


def test_a_program_climbs_and_posts(with_data, professor, student, climbed, api_for):
    root = f"/api/v1/competitions/{with_data.course.slug}/{with_data.slug}"
    json = {"content_type": "application/json"}
    made = api_for(student).post(f"{root}/ladders", {"seconds": 7}, **json)
    assert (made.status_code, made.json()["state"], made.json()["budget_seconds"]) == (201, "waiting", 7)
    ladder = climbed({"forest": prediction_of(0.5)})
    answer = api_for(professor).post(f"{root}/baselines", {"ladder": ladder.number}, **json)
    assert [(one["title"], one["state"], one["ordinal"]) for one in answer.json()] == [("Forest", "entered", 1)]
    assert api_for(student).post(f"{root}/baselines", {"ladder": ladder.number}, **json).status_code == 403


def test_the_ladder_outlives_the_competition(with_data, professor, student):
    ladder = services.climb_training_data(competition=with_data, by=student)
    services.delete_competition(competition=with_data, by=professor)
    assert ladders.inspect(Ladder.objects.get(pk=ladder.pk)).target == "target"
