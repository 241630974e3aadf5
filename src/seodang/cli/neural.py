"""`seodang neural`: networks from the inside: a playground in the browser, a training run here, and proofs."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seodang.cli._output import ErrorsForPeople, json_option, print_json
from seodang.errors import SeodangError
from seodang.i18n import gettext as _

if TYPE_CHECKING:
    from seodang.learn.neural.dice import Array
    from seodang.learn.neural.experiment import Experiment
    from seodang.learn.neural.network import Network
    from seodang.learn.neural.training import Epoch

PLAY_EXAMPLES = """\b
seodang neural play
seodang neural play --link 'data=spiral&layers=8,8'
seodang neural play --export public/playground"""
TRAIN_EXAMPLES = """\b
seodang neural train --data spiral --layers 8,8 --epochs 300
seodang neural train --data xor --layers '' --features x1,x2,x1x2
seodang neural train --link 'http://127.0.0.1:8000/#data=spiral&layers=8,8' --json"""
BLOCKS = " ▁▂▃▄▅▆▇█"
MAP_SIZE = 40  # squares each way; a letter holds two, one above the other


def need_numpy() -> None:
    if importlib.util.find_spec("numpy") is None:
        raise SeodangError(
            _("This command needs %(part)s, which is not installed."),
            hint=_("Install it: pip install 'seodang[learn]'"),
            code="extra_missing",
            part="numpy",
        )


@click.group("neural", cls=ErrorsForPeople, help=_("Neural networks from the inside, in NumPy and in the browser."))
def command() -> None:
    """Each does its own work."""


# --- play ------------------------------------------------------------------------------------------------------


@command.command(
    "play",
    help=_("Open the playground: a network that learns points in the plane, frame by frame, in the browser.")
    + "\n\n"
    + _("It is served to this machine alone, until Ctrl-C. --export copies its files for a web server instead."),
    epilog=_("Examples:") + "\n\n" + PLAY_EXAMPLES,
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help=_("Port to listen on; 0: any that is free."))
@click.option("--no-browser", is_flag=True, help=_("Print the address and open nothing."))
@click.option(
    "--link", default="", metavar="SETTINGS", help=_("Begin with these settings (an address's part behind #).")
)
@click.option(
    "--export",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help=_("Copy the files into this folder and end."),
)
@json_option
def play(port: int, no_browser: bool, link: str, folder: Path | None, as_json: bool) -> None:
    from seodang.learn.neural.play import export

    if folder is None:
        listen(port, no_browser, link.rpartition("#")[2], as_json)
        return
    copied = export(folder)
    if as_json:
        print_json({"folder": str(folder), "files": [path.name for path in copied]})
    else:
        click.echo(
            _("%(n)s files are in %(folder)s; begin with index.html.") % {"n": len(copied), "folder": folder}
        )


def listen(port: int, no_browser: bool, link: str, as_json: bool) -> None:
    from seodang.i18n import current_language
    from seodang.learn.neural.play import serve

    with serve(port) as server:
        address = f"{server.url}?lang={current_language()}" + (f"#{link}" if link else "")
        if as_json:
            print_json({"url": address})
        else:
            click.echo(_("The playground is at %(address)s (Ctrl-C ends it).") % {"address": address})
        sys.stdout.flush()
        if not no_browser:
            click.launch(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo(err=True)


# --- train -----------------------------------------------------------------------------------------------------


def settings(function: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each field of `Experiment`; what is not given stays as the playground has it."""
    helps = {
        "data": _("circle, xor, gaussians, spiral, moons; plane, gauss (regression)."),
        "noise": _("Percent, 0 to 50."),
        "train": _("Percent of the points that are learnt from."),
        "features": _("Of x1,x2,x1^2,x2^2,x1x2,sin2x1,sin2x2."),
        "layers": _("Units of each hidden layer, such as 8,8; '' for none."),
        "activation": _("tanh, relu, sigmoid or linear."),
        "optimizer": _("sgd, momentum or adam."),
        "rate": _("Learning rate."),
        "penalty": _("none, l1 or l2."),
        "strength": _("Strength of the penalty."),
        "batch": _("Examples in a batch."),
        "seed": _("The same seed: the same points, first weights and batches, here and in the playground."),
    }
    for name, text in reversed(helps.items()):
        function = click.option(f"--{name}", default=None, metavar=name.upper(), help=text)(function)
    return function


@command.command(
    "train",
    help=_("Train a network on points in the plane. Shows its loss curve and what it says of the plane."),
    epilog=_("Examples:") + "\n\n" + TRAIN_EXAMPLES,
)
@settings
@click.option("--link", default="", metavar="LINK", help=_("An address of the playground; options go before it."))
@click.option("--epochs", type=click.IntRange(1, 100_000), default=200, show_default=True, help=_("How long."))
@json_option
def train(link: str, epochs: int, as_json: bool, **given: str | None) -> None:
    need_numpy()
    experiment = experiment_of(link, given)
    network = experiment.network()
    curve = list(shown_while_it_learns(experiment.run(network, epochs), quiet=as_json or not sys.stderr.isatty()))
    if as_json:
        print_json(trained_as_json(experiment, network, curve))
    else:
        print_trained(experiment, network, curve)


def experiment_of(link: str, given: dict[str, str | None]) -> Experiment:
    from seodang.learn.neural.experiment import Experiment

    return Experiment.from_link(link, **{name: text for name, text in given.items() if text is not None})


def shown_while_it_learns(epochs: Iterator[Epoch], *, quiet: bool) -> Iterator[Epoch]:
    """A line that is written over; nothing in a pipe."""
    for now in epochs:
        if not quiet and now.epoch % 10 == 0:
            click.echo(f"\r{now.epoch:6d}  {now.loss:.4f}  {now.test_loss:.4f} ", nl=False, err=True)
        yield now
    if not quiet:
        click.echo("\r" + " " * 30 + "\r", nl=False, err=True)


def trained_as_json(experiment: Experiment, network: Network, curve: list[Epoch]) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "settings": asdict(experiment),
        "loss": curve[-1].loss,
        "test_loss": curve[-1].test_loss,
        "curve": {
            "epoch": [e.epoch for e in curve],
            "loss": [e.loss for e in curve],
            "test_loss": [e.test_loss for e in curve],
        },
        "weights": [W.tolist() for W in network.weights],
        "biases": [b.tolist() for b in network.biases],
    }


def print_trained(experiment: Experiment, network: Network, curve: list[Epoch]) -> None:
    last = curve[-1]
    said = _("training loss %(loss)s   test loss %(test)s   after %(n)s epochs")
    click.echo(said % {"loss": f"{last.loss:.4f}", "test": f"{last.test_loss:.4f}", "n": last.epoch})
    for line in curve_lines([e.loss for e in curve]):
        click.echo(line)
    if sys.stdout.isatty():
        print_map(experiment, network)


def curve_lines(losses: list[float], width: int = 64, height: int = 6) -> list[str]:
    """Training loss over epochs in letters: each column the mean of its epochs, the full height the largest."""
    import numpy as np

    columns = [float(np.mean(part)) for part in np.array_split(losses, min(width, len(losses)))]
    finite = [value for value in columns if np.isfinite(value)]
    top = max(finite, default=0.0) or 1.0
    eighths = [round(8 * height * min(1.0, value / top)) if np.isfinite(value) else 8 * height for value in columns]
    lines = []
    for row in reversed(range(height)):
        label = f"{top:8.3f} " if row == height - 1 else f"{0:8.3f} " if row == 0 else " " * 9
        lines.append(label + "".join(BLOCKS[min(8, max(0, n - 8 * row))] for n in eighths))
    return lines


def print_map(experiment: Experiment, network: Network) -> None:
    """What the network says of the plane, and the training points, in colours."""
    from rich.console import Console
    from rich.text import Text

    colours = plane_colours(experiment, network)
    text = Text()
    for upper, lower in zip(colours[0::2], colours[1::2], strict=True):
        text.append("         ")
        for above, below in zip(upper, lower, strict=True):
            text.append("▀", style=f"{hexed(above)} on {hexed(below)}")
        text.append("\n")
    Console().print(text)


def plane_colours(experiment: Experiment, network: Network) -> Array:
    """(MAP_SIZE, MAP_SIZE, 3) from 0 to 255: orange where the answer is low, blue where it is high."""
    import numpy as np

    from seodang.learn.neural.data import N_POINTS, REACH, points
    from seodang.learn.neural.features import shown

    orange, middle, blue = np.array([230, 140, 70]), np.array([250, 248, 243]), np.array([95, 155, 215])
    ticks = REACH * ((2 * np.arange(MAP_SIZE) + 1) / MAP_SIZE - 1)
    x1, x2 = np.meshgrid(ticks, -ticks)
    answers = network.forward(shown(np.stack([x1.ravel(), x2.ravel()], axis=1), experiment.features))[-1][:, 0]
    v = np.tanh(answers / 2) if experiment.has_classes else answers.clip(-1, 1)
    share = np.abs(v)[:, None]
    colours = middle + share * (np.where(v[:, None] < 0, orange, blue) - middle)
    colours = colours.reshape(MAP_SIZE, MAP_SIZE, 3)
    places, y = points(experiment.data, experiment.seed, experiment.noise / 100)
    for (a, b), answer in zip(places[: N_POINTS * experiment.train // 100], y, strict=False):
        column, row = int((a + REACH) / 2 / REACH * MAP_SIZE), int((REACH - b) / 2 / REACH * MAP_SIZE)
        if 0 <= column < MAP_SIZE and 0 <= row < MAP_SIZE:
            colours[row, column] = (0.6 * (blue if answer[0] > 0 else orange)).clip(0, 255)
    return np.asarray(colours, dtype=np.float64)


def hexed(colour: Array) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in colour)


# --- check -----------------------------------------------------------------------------------------------------


@command.command(
    "check",
    help=_(
        "Prove the mathematics: backpropagation against finite differences, and loss, gradients and one step "
        "against Keras with the same weights. Ends with status 1 where something differs."
    ),
)
@json_option
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    need_numpy()
    from seodang.learn.neural.proofs import proofs

    found = []
    for proof in proofs():
        found.append(proof)
        if not as_json:
            mark = click.style("✓", fg="green") if proof.holds else click.style("✗", fg="red")
            click.echo(f"{mark} {proof.text}" if proof.was_made else f"· {proof.text}")
    if as_json:
        print_json([proof.as_json() for proof in found])
    if not all(proof.holds for proof in found if proof.was_made):
        context.exit(1)
