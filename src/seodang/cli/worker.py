"""`seodang worker`: one worker alone, for a machine beside the one that serves."""

from __future__ import annotations

import click

from seodang.i18n import gettext as _


@click.command("worker", help=_("Run one worker alone. “seodang serve” starts its own."))
@click.option("--once", is_flag=True, help=_("End after one job."))
@click.option("--drain", is_flag=True, help=_("End when no job is due."))
def command(once: bool, drain: bool) -> None:
    from seodang.cli._supervisor import set_up_django, stop_on_problems

    stop_on_problems()
    set_up_django()
    from seodang.site.jobs.worker import MAX_JOBS, Worker

    Worker().run(drain=drain or once, limit=1 if once else MAX_JOBS)
