"""The playground in a browser: it computes what NumPy computes, learns, and is used by hand, by key and by ear."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.journeys.axe import sticks_out, violations
from tests.journeys.people import DESKTOP, PHONE, Device
from tests.journeys.sites import PATIENCE_SECONDS, PROGRAM, plain_environment

from seodang.learn.neural.data import SETS, points
from seodang.learn.neural.dice import Dice
from seodang.learn.neural.experiment import Experiment
from seodang.learn.neural.features import FEATURES

pytestmark = pytest.mark.journey

RUN = """async ([settings, weights, biases, epochs]) => {
    const { points, shown, N_POINTS } = await import("/data.js");
    const { LOSSES, Network, OPTIMIZERS, Trainer } = await import("/network.js");
    const { read, isClasses } = await import("/settings.js");
    const s = read(settings);
    const { X, y } = points(s.data, s.seed, s.noise / 100);
    const n = Math.floor((N_POINTS * s.train) / 100), k = s.features.length;
    const network = new Network([k, ...s.layers, 1], s.activation, s.seed);
    const started = network.weights.map((W) => [...W]);
    if (weights) {
        network.weights = weights.map((W) => Float64Array.from(W.flat()));
        network.biases = biases.map((b) => Float64Array.from(b));
    }
    const loss = isClasses(s) ? LOSSES.binaryCrossEntropy : LOSSES.squaredError;
    const trainer = new Trainer(network, loss, new OPTIMIZERS[s.optimizer](s.rate),
        { ...s, X: shown(X, s.features).slice(0, n * k), y: y.slice(0, n) });
    const losses = [trainer.lossOn(trainer.X, trainer.y)];
    for (let epoch = 0; epoch < epochs; epoch++) {
        trainer.epoch();
        losses.push(trainer.lossOn(trainer.X, trainer.y));
    }
    return { started, losses, biases: network.biases.map((b) => [...b]) };
}"""


@pytest.fixture(scope="module")
def address(chromium: str) -> Iterator[str]:
    """`seodang neural play`, as a person starts and ends it."""
    process = subprocess.Popen(
        [str(PROGRAM), "neural", "play", "--no-browser", "--json"],
        stdout=subprocess.PIPE,
        env=plain_environment(SEODANG_LANG="en"),
        text=True,
    )
    assert process.stdout is not None
    said = "".join(iter(process.stdout.readline, "}\n")) + "}"
    yield json.loads(said)["url"].partition("?")[0]
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_SECONDS) == 0
    process.stdout.close()


@contextmanager
def visit(browser: Browser, address: str, device: Device = DESKTOP, **options: Any) -> Iterator[Page]:
    """A page; whatever it complains of, a broken policy included, fails the test."""
    context = browser.new_context(**{"viewport": {"width": device.width, "height": device.height}, **options})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.locator(".pg-unit").first.wait_for()
    yield page
    assert complaints == []
    context.close()


def losses(page: Page) -> tuple[float, float]:
    train, test = page.locator(".pg-numbers b").all()[:2]
    return float(train.inner_text()), float(test.inner_text())


def epoch(page: Page) -> int:
    return int(page.locator(".pg-epoch-number").inner_text().replace(",", ""))


def learn(page: Page, epochs: int) -> None:
    """So many epochs at once, as the button does one."""
    page.evaluate(
        "(n) => { const app = document.getElementById('playground').playground;"
        "for (let i = 0; i < n; i++) app.learn(); app.drawAll(); }",
        epochs,
    )


def test_browser_and_numpy_throw_the_same_points(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        for name in SETS:
            for seed, noise in ((0, 0.0), (41, 0.3), (2**32 - 1, 0.5)):
                made = page.evaluate(
                    """async ([name, seed, noise, features]) => {
                        const { points, shown } = await import("/data.js");
                        const { X, y } = points(name, seed, noise);
                        return { X: [...X], y: [...y], shown: [...shown(X, features)] };
                    }""",
                    [name, seed, noise, list(FEATURES)],
                )
                X, y = points(name, seed, noise)
                assert np.abs(np.reshape(made["X"], (-1, 2)) - X).max() < 1e-12
                assert np.abs(np.array(made["y"]) - y[:, 0]).max() < 1e-12
                columns = np.reshape(made["shown"], (-1, len(FEATURES)))
                assert np.abs(columns[:, 5] - np.sin(2 * X[:, 0])).max() < 1e-12


@pytest.mark.parametrize(
    "settings",
    [
        "data=circle&layers=4,2&activation=tanh&optimizer=sgd&rate=0.1",
        "data=spiral&layers=8,8&activation=relu&optimizer=adam&rate=0.003&penalty=l2&strength=0.01",
        "data=xor&layers=5&activation=sigmoid&optimizer=momentum&rate=0.03&penalty=l1&strength=0.001&batch=7",
        "data=gauss&layers=3,3&activation=tanh&optimizer=adam&rate=0.01&features=x1,x2,x1x2,sin2x1&train=30",
        "data=moons&layers=&activation=linear&optimizer=sgd&rate=0.03&noise=40&seed=77",
    ],
)
def test_the_same_settings_learn_alike_in_the_browser_and_in_numpy(
    browser: Browser, address: str, settings: str
) -> None:
    experiment = Experiment.from_link(settings)
    network = experiment.network()
    started = [W.ravel().copy() for W in network.weights]
    epochs = 5  # of 20 batches and more: at least 50 steps
    expected = [each.loss for each in experiment.run(network, epochs)]
    with visit(browser, address) as page:
        found = page.evaluate(RUN, [settings, None, None, epochs])
    for mine, theirs in zip(started, found["started"], strict=True):
        assert np.abs(mine - theirs).max() < 1e-12
    assert found["losses"] == pytest.approx(expected, abs=1e-6)
    for mine, theirs in zip(network.biases, found["biases"], strict=True):
        assert np.abs(mine - theirs).max() < 1e-6


def test_weights_handed_over_from_numpy_learn_alike_in_the_browser(browser: Browser, address: str) -> None:
    settings = "data=circle&layers=4,2&optimizer=sgd&rate=0.3&batch=200"
    experiment = Experiment.from_link(settings)
    network, dice = experiment.network(), Dice(9)
    for parameter in network.parameters:
        parameter[...] = dice.normal(*parameter.shape)
    given = [W.tolist() for W in network.weights], [b.tolist() for b in network.biases]
    expected = [each.loss for each in experiment.run(network, 50)]  # one batch an epoch: 50 steps
    with visit(browser, address) as page:
        found = page.evaluate(RUN, [settings, *given, 50])
    assert expected[-1] < expected[0]
    assert found["losses"] == pytest.approx(expected, abs=1e-6)


def test_it_learns_while_one_watches_and_stops_when_told(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}#data=circle") as page:
        before, _test = losses(page)
        page.get_by_role("button", name="Learn", exact=True).click()
        expect(page.locator(".pg-epoch-number")).to_have_text(re.compile(r"^([3-9]\d|\d\d\d.*)$"))
        page.get_by_role("button", name="Pause").click()
        stopped = epoch(page)
        assert losses(page)[0] < before / 2
        expect(page.locator("[aria-live]")).to_contain_text(f"Epoch {stopped}:")
        page.get_by_role("button", name="One epoch").click()
        assert epoch(page) == stopped + 1
        page.get_by_role("button", name="Start again").click()
        assert epoch(page) == 0
        assert losses(page)[0] == before


def test_the_spiral_is_learnt_after_adding_units(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        page.get_by_role("radio", name="Spiral").check(force=True)
        for layer in (1, 2):
            for _more in range(4):
                page.get_by_role("button", name=f"Add a unit to layer {layer}").click()
        expect(page.get_by_role("button", name=re.compile("^Layer [12], unit"))).to_have_count(16)
        assert "layers=8,8" in page.url
        learn(page, 300)
        assert losses(page)[0] < 0.1
        assert int(page.locator(".pg-numbers b").nth(2).inner_text().rstrip(" %")) >= 90


def test_a_frame_leaves_the_page_time_to_breathe(browser: Browser, address: str) -> None:
    """The deepest network at full speed: the page still answers, and it still draws while it learns."""
    deepest = "#data=spiral&layers=8,8,8,8,8,8&features=x1,x2,x1^2,x2^2,x1x2,sin2x1,sin2x2&train=90&batch=1"
    with visit(browser, address + deepest) as page:
        page.get_by_label("Speed").select_option("fast")
        page.get_by_role("button", name="Learn", exact=True).click()
        expect(page.locator(".pg-epoch-number")).to_have_text(re.compile(r"^([4-9]|\d\d.*)$"))
        page.get_by_role("button", name="Layer 6, unit 8").hover()
        expect(page.get_by_role("heading", name="Layer 6, unit 8")).to_be_visible()
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("button", name="Learn", exact=True)).to_be_visible()


def test_a_link_brings_back_what_was_seen(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}#data=moons&noise=25&layers=5,3&activation=relu&rate=0.003&seed=12") as page:
        learn(page, 7)
        seen, link = losses(page), page.url
    with visit(browser, link) as page:
        expect(page.get_by_label("Activation")).to_have_value("relu")
        expect(page.get_by_role("radio", name="Moons")).to_be_checked()
        expect(page.get_by_label("Noise")).to_have_value("25")
        learn(page, 7)
        assert losses(page) == seen
        page.evaluate("location.hash = '#data=xor&layers=2'")
        expect(page.get_by_role("radio", name="XOR")).to_be_checked()


def test_nonsense_in_a_link_is_left_alone(browser: Browser, address: str) -> None:
    nonsense = (
        "#data=<img src=x onerror=alert(1)>&noise=-3&layers=9,0,x&activation=constructor&seed=1e9&rate=&features=q"
    )
    with visit(browser, address + nonsense) as page:
        expect(page.get_by_role("radio", name="Circle")).to_be_checked()
        assert "layers=4,4" in page.url
        assert page.locator("img").count() == 0


def test_a_unit_shows_what_it_sees_and_its_weights_can_be_changed(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}#data=gaussians&layers=1") as page:
        unit = page.get_by_role("button", name="Layer 1, unit 1")
        unit.focus()
        page.keyboard.press("Enter")
        expect(unit).to_have_attribute("aria-pressed", "true")
        box = page.get_by_label("Bias")
        before = losses(page)
        box.fill("50")
        box.press("Enter")
        assert losses(page) != before
        assert page.evaluate("document.getElementById('playground').playground.network.biases[0][0]") == 50
        page.get_by_role("button", name="Back to the output").click()
        expect(box).to_have_count(0)


def test_features_problem_and_layers_change_the_network(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        page.get_by_role("button", name="Feature x₁x₂", exact=True).click()
        expect(page.get_by_role("button", name="Feature x₁x₂", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
        expect(page.get_by_role("button", name="Feature x₁x₂", exact=True)).to_be_focused()
        assert "features=x1,x2,x1x2" in page.url
        page.get_by_role("button", name="Remove a layer").click()
        page.get_by_role("button", name="Remove a layer").click()
        expect(page.get_by_text("0 hidden layers")).to_be_visible()
        page.get_by_label("Problem").select_option("regression")
        expect(page.get_by_role("radio")).to_have_count(2)
        expect(page.get_by_text("Test accuracy")).to_be_hidden()
        learn(page, 5)


def test_one_feature_always_remains(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}#features=x1") as page:
        page.get_by_role("button", name="Feature x₁", exact=True).click()
        expect(page.get_by_role("button", name="Feature x₁", exact=True)).to_have_attribute("aria-pressed", "true")


def test_weights_that_run_away_are_told_of(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}#data=gauss&activation=linear&optimizer=momentum&rate=10") as page:
        page.get_by_role("button", name="Learn", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("smaller learning rate")
        expect(page.get_by_role("button", name="Learn", exact=True)).to_be_visible()


def test_every_thing_to_try_sets_itself_up(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        cards: Locator = page.locator(".pg-lesson")
        for at in range(cards.count()):
            cards.nth(at).click()
            learn(page, 3)
            assert epoch(page) == 3
            expect(page.get_by_role("button", name="Learn", exact=True)).to_be_focused()


def test_both_languages_say_everything(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}?lang=ko", locale="en-US") as page:
        expect(page.get_by_role("heading", name="신경망 놀이터")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "ko")
        expect(page.get_by_role("button", name="학습 시작")).to_be_visible()
        missing = page.evaluate(
            """async () => {
                const { WORDS } = await import("/words.js");
                const keys = (words, at = "") => Object.entries(words).flatMap(([key, value]) =>
                    typeof value === "string" ? [at + key] : keys(value, `${at}${key}.`));
                const [en, ko] = [keys(WORDS.en), keys(WORDS.ko)];
                return [...en.filter((key) => !ko.includes(key)), ...ko.filter((key) => !en.includes(key))];
            }"""
        )
        assert missing == []
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="Neural network playground")).to_be_visible()


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=lambda device: device.name)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_is_accessible(browser: Browser, address: str, device: Device, scheme: Any) -> None:
    for settings in ("data=spiral&layers=8,8,8,8,8,8", "data=plane&layers=2&lang=ko"):
        with visit(browser, f"{address}#{settings}", device, color_scheme=scheme) as page:
            learn(page, 10)
            page.locator(".pg-unit").last.click()
            assert violations(page) == []
            assert sticks_out(page, device.width) == []


def test_it_is_used_by_touch(browser: Browser, address: str) -> None:
    with visit(browser, address, PHONE, has_touch=True) as page:
        page.get_by_role("button", name="One epoch").tap()
        assert epoch(page) == 1
        page.get_by_role("button", name="Layer 1, unit 2").tap()
        expect(page.get_by_role("heading", name="Layer 1, unit 2").first).to_be_visible()
        small = page.locator(".pg button").evaluate_all(
            "all => all.filter((one) => one.offsetParent && Math.min(one.offsetWidth, one.offsetHeight) < 24)"
            ".map((one) => one.outerHTML.slice(0, 120))"
        )
        assert small == []
