"""`seodang neural`, and the server of the playground."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from seodang.cli import main
from seodang.learn.errors import ChoiceInvalid
from seodang.learn.neural import play
from seodang.learn.neural.experiment import Experiment


def seodang(*arguments: str):
    return CliRunner(env={"SEODANG_LANG": "en"}).invoke(main, ["neural", *arguments])


@pytest.mark.skipif(importlib.util.find_spec("keras") is None, reason="Keras is not installed")
def test_loss_gradients_and_steps_are_those_of_keras():
    """In a process of its own: Keras keeps the backend that is first asked for."""
    result = subprocess.run(
        [Path(sys.executable).with_name("seodang"), "neural", "check", "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "SEODANG_LANG": "en"},
    )
    assert result.returncode == 0, result.stderr
    made = json.loads(result.stdout)
    assert [each["name"] for each in made] == ["differences"] * 12 + ["keras"] * 12
    assert all(each["difference"] < 1e-5 and each["holds"] for each in made)


def test_training_prints_the_loss_and_a_curve():
    result = seodang("train", "--data", "gaussians", "--layers", "", "--epochs", "20")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("training loss 0.")
    assert "█" in result.output


def test_training_as_json_holds_the_curve_and_the_weights():
    result = seodang("train", "--data", "xor", "--layers", "3", "--epochs", "5", "--seed", "4", "--json")
    made = json.loads(result.output)
    assert made["settings"]["layers"] == [3]
    assert len(made["curve"]["loss"]) == 6
    assert np.shape(made["weights"][0]) == (2, 3)
    assert made["loss"] == made["curve"]["loss"][-1]


def test_a_link_of_the_playground_says_the_settings_and_options_go_before_it():
    link = "http://127.0.0.1:1/?lang=ko#data=spiral&layers=8,8&features=x1,x1%5E2&seed=9&lang=ko"
    assert Experiment.from_link(link) == Experiment(data="spiral", layers=(8, 8), features=("x1", "x1^2"), seed=9)
    assert Experiment.from_link(link, seed="1", layers="").layers == ()
    result = seodang("train", "--link", link, "--layers", "2", "--epochs", "1", "--json")
    assert json.loads(result.output)["settings"]["layers"] == [2]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--data", "cube", "circle, xor"),
        ("--layers", "8;8", "whole numbers"),
        ("--features", "x3", "x1, x2"),
        ("--features", "", "at least one"),
        ("--noise", "80", "0 to 50"),
        ("--rate", "nan", "Received: nan"),
        ("--layers", "0", "from 1"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_what_could(option, value, said):
    result = seodang("train", option, value)
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


def test_the_playground_is_copied_whole_and_nothing_is_overwritten(tmp_path):
    result = seodang("play", "--export", str(tmp_path / "site"), "--json")
    assert result.exit_code == 0, result.output
    assert {"index.html", "app.js", "playground.css"} <= set(json.loads(result.output)["files"])
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == sorted(play.files())
    assert seodang("play", "--export", str(tmp_path / "site")).exit_code == 0
    (tmp_path / "site" / "mine.txt").write_text("mine")
    refused = seodang("play", "--export", str(tmp_path / "site"))
    assert refused.exit_code == 1
    assert "holds other things" in refused.output


@pytest.fixture
def server():
    with play.serve() as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def ask(address: str, **headers: str):
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_the_server_listens_here_alone_and_says_strict_headers(server):
    assert server.server_address[0] == "127.0.0.1"
    status, headers, body = ask(server.url)
    assert status == 200
    assert b'id="playground"' in body
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert ask(server.url + "app.js")[1]["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["../play.py", "%2e%2e/play.py", "/etc/passwd", "none.js", "playground/", "app.js/"]
)
def test_the_server_gives_nothing_but_its_own_files(server, path):
    assert ask(server.url + path)[0] == 404


def test_a_page_of_another_name_may_not_ask_this_server(server):
    assert ask(server.url, Host="evil.example")[0] == 421


def test_a_port_in_use_is_named(server):
    with pytest.raises(ChoiceInvalid, match=str(server.server_port)):
        play.serve(server.server_port)
    assert seodang("play", "--no-browser", "--port", str(server.server_port)).exit_code == 1


def test_no_page_needs_an_inline_script_or_anything_from_elsewhere():
    page = play.files()["index.html"].read_text(encoding="utf-8")
    for forbidden in ("<style", " style=", "onclick", "http://", "https://", "<script>"):
        assert forbidden not in page
    for name, path in play.files().items():
        if name.endswith((".js", ".css")):
            text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            assert "http" not in text, name
            assert "innerHTML" not in text, name
