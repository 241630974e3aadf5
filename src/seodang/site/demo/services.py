"""Makes the demo's class, its two labs and its two competitions, through the same services that a professor uses.

`make_class` is quick (people, course, two tables handed in); preparing, publishing, fitting and scoring are jobs,
so they fill in while one looks. Everything may be called again: what is there already is left alone.
"""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from seodang.score.spec import CompetitionSpec
from seodang.site.accounts.models import User
from seodang.site.competitions import services as competitions
from seodang.site.competitions.models import Competition, CompetitionState, Entry
from seodang.site.courses import access
from seodang.site.courses import services as courses
from seodang.site.courses.models import Course
from seodang.site.demo import cast, recipes, tables
from seodang.site.demo.labs import make_labs
from seodang.site.demo.words import CompetitionWords, words
from seodang.site.jobs.models import Job, JobState
from seodang.site.jobs.services import enqueue

COURSE_SLUG = "deep-learning"
DAYS_OF_HISTORY = 12
OVER = "diabetes"  # the competition that is shown after its close
OVER_SINCE = timedelta(hours=20)


@transaction.atomic
def make_class(language: str) -> Course:
    """The course with its thirty-two people, two labs being checked and two competitions being prepared."""
    found = Course.objects.filter(slug=COURSE_SLUG).first()
    if found:
        return found
    text = words(language)
    people = [_person(person) for person in cast.EVERYONE]
    professor = people[0]
    course = courses.create_course(
        by=professor,
        title=text.course,
        slug=COURSE_SLUG,
        description=text.course_description,
        language=language,
        time_zone="Asia/Seoul",
    )
    for number, (person, user) in enumerate(zip(cast.EVERYONE[1:], people[1:], strict=True)):
        student_number = f"2026{number:04}" if person.role == "student" else ""
        courses.enroll(course=course, user=user, role=person.role, student_number=student_number)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    _make_competition(
        course,
        professor,
        slug="breast-cancer",
        text=text.breast_cancer,
        table=tables.breast_cancer_csv(),
        choices={
            "target": "diagnosis",
            "positive": "malignant",
            "metric": "log_loss",
            "split": {"kind": "stratified", "test_fraction": 0.4, "public_fraction": 0.5, "seed": 9},
            "team_size": 3,
        },
        closes=now + timedelta(days=9),
    )
    _make_competition(
        course,
        professor,
        slug="diabetes",
        text=text.diabetes,
        table=tables.diabetes_csv(),
        choices={
            "target": "progression",
            "metric": "rmse",
            "split": {"kind": "random", "test_fraction": 0.4, "public_fraction": 0.4, "seed": 4},
        },
        closes=now + timedelta(days=1),
    )
    make_labs(course, professor)
    return course


def _person(person: cast.Person) -> User:
    """No password: the bar on top of the page is the only way in."""
    teaches = person.role == "instructor"
    return User.objects.create_user(
        person.email, None, name=person.name, may_teach=teaches, is_staff=teaches, is_superuser=False
    )


def _make_competition(
    course: Course,
    professor: User,
    *,
    slug: str,
    text: CompetitionWords,
    table: bytes,
    choices: dict[str, object],
    closes: datetime,
) -> None:
    opens = timezone.now() - timedelta(days=DAYS_OF_HISTORY)
    spec = CompetitionSpec.model_validate(
        {
            "title": text.title,
            "slug": slug,
            "summary": text.summary,
            "description": text.description,
            "data": {"table": f"{slug}.csv"},
            "opens": opens.isoformat(),
            "closes": closes.isoformat(),
            "daily_quota": 5,
            **choices,
        }
    )
    competition = competitions.create_competition(access=access.of(professor, course), title=text.title, slug=slug)
    competitions.store_source(competition=competition, by=professor, name=f"{slug}.csv", stream=io.BytesIO(table))
    with transaction.atomic():
        competitions.start_preparing(competition=competition, by=professor, spec=spec)
        enqueue(task="demo.publish", arguments={"competition_id": competition.pk}, delay_seconds=1)


def publish_when_ready(competition: Competition) -> bool:
    """Publish, and let every student begin. False while the data are still being prepared.

    Raises:
        RuntimeError: preparing failed, which staff should read in the list of jobs.
    """
    if competition.state == CompetitionState.DRAFT:
        raise RuntimeError(f"the demo's table could not be prepared: {competition.problem}")
    if competition.state == CompetitionState.PREPARING:
        return False
    with transaction.atomic():
        if competition.state == CompetitionState.READY:
            competitions.publish(competition=competition, by=competition.created_by)
        for _moment, number, step in in_order_of_time(competition):
            enqueue(
                task="demo.enter",
                arguments={"competition_id": competition.pk, "student": number, "step": step},
                key=f"demo.enter:{competition.pk}:{number}:{step}",
                priority=-10,  # after scoring and measuring what has been handed in
            )
        enqueue(
            task="demo.enter_baseline",
            arguments={"competition_id": competition.pk},
            key=f"demo.enter_baseline:{competition.pk}",
        )
        enqueue(task="demo.climb", arguments={"competition_id": competition.pk}, priority=-20)
        if competition.slug == OVER:
            enqueue(task="demo.close", arguments={"competition_id": competition.pk}, priority=-11)
    return True


def entries_are_made(competition: Competition) -> bool:
    """Nobody's model waits to be fitted any more."""
    begun = Job.objects.filter(
        task="demo.enter",
        arguments__competition_id=competition.pk,
        state__in=[JobState.WAITING, JobState.RUNNING],
    )
    return not begun.exists()


def close_in_the_past(competition: Competition) -> None:
    """Once everybody has entered: say that the close was yesterday. No service turns back the clock; this does."""
    Competition.objects.filter(pk=competition.pk).update(
        closes_at=competition.closes_at - timedelta(days=1) - OVER_SINCE
    )


def entries_of(competition: Competition, number: int) -> list[tuple[recipes.Recipe, int]]:
    """What the student of that number tries in a competition; the same at every call."""
    kinds = recipes.regressors() if competition.slug == OVER else recipes.classifiers()
    return recipes.walk(kinds, seed=1000 * number + (7 if competition.slug == OVER else 3))


def in_order_of_time(competition: Competition) -> list[tuple[datetime, int, int]]:
    """(moment, student, step) of every entry of the class, so that entries are numbered as they were made."""
    return sorted(
        (moment_of(competition, number, step, len(steps)), number, step)
        for number in range(len(cast.STUDENTS))
        for steps in [entries_of(competition, number)]
        for step in range(len(steps))
    )


def moment_of(competition: Competition, number: int, step: int, n_steps: int) -> datetime:
    """When that entry is said to have been made: spread over the days that the competition has been open."""
    end = timezone.now() - (OVER_SINCE if competition.slug == OVER else timedelta()) - timedelta(minutes=5)
    begin = competition.opens_at + timedelta(hours=3)
    share = (step + (number * 0.37) % 1) / n_steps
    return begin + (end - begin) * share


def enter(competition: Competition, number: int, step: int) -> Entry | None:
    """Fit the student's model of that step and hand its prediction in; None when it was handed in before."""
    steps = entries_of(competition, number)
    recipe, seed = steps[step]
    user = User.objects.get(email=cast.STUDENTS[number].email)
    words_of_theirs = recipe.message_ko if competition.course.language == "ko" else recipe.message
    message = f"{step + 1}. {words_of_theirs}"
    if Entry.objects.filter(competition=competition, user=user, message=message).exists():
        return None
    prediction = recipes.fit_and_predict(recipe, seed, competition)
    return competitions.enter(
        competition=competition,
        user=user,
        stream=io.BytesIO(prediction),
        filename=f"{recipe.name}.csv",
        message=message,
        received_at=moment_of(competition, number, step, len(steps)),
    )


def enter_baseline(competition: Competition) -> Entry | None:
    """The sample entry itself: what one scores without looking at the inputs."""
    if Entry.objects.filter(competition=competition, team__is_baseline=True).exists():
        return None
    sample = competition.files.get(role="sample")
    with sample.file.open("rb") as stream:
        return competitions.enter(
            competition=competition,
            user=competition.created_by,
            stream=stream,
            filename=sample.name,
            message="",
            baseline_name="예시 제출 그대로"
            if competition.course.language == "ko"
            else "The sample entry as it is",
            received_at=competition.opens_at + timedelta(minutes=1),
        )
