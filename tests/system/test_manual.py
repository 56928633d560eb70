"""The manual pages as man(1) shows them."""

import os
import re
import shutil
import subprocess

import pytest
from programs import BUILD
from site_of_test import run, tidegate

needs_man = pytest.mark.skipif(not shutil.which("man"), reason="man is not installed (man-db)")


def show(page, directory, name):
    """The page as text, and what the formatter complains of."""
    path = directory / name
    path.write_text(page)
    return subprocess.run(["man", "--warnings=w", "-l", path], check=False, capture_output=True, text=True, timeout=60,
                          env=os.environ | {"MANWIDTH": "80", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""})


@needs_man
def test_the_page_of_the_daemon_names_every_option_and_is_without_fault(tmp_path):
    shown = show(run(BUILD / "bin/tidegated", "--man").stdout, tmp_path, "tidegated.8")
    assert (shown.returncode, shown.stderr) == (0, "")
    options = re.findall(r"^  (--[a-z-]+)", run(BUILD / "bin/tidegated", "--help").stdout, re.MULTILINE)
    assert len(options) > 5
    for option in options:
        assert option in shown.stdout


@needs_man
@pytest.mark.parametrize("program", ["tidegate", "tidegate-collector"])
def test_the_page_of_a_program_is_its_help_and_without_fault(program, tmp_path):
    shown = show(run(BUILD / "bin" / program, "--man").stdout, tmp_path, f"{program}.1")
    assert (shown.returncode, shown.stderr) == (0, "")
    commands = re.findall(r"^  (\w+)  ", run(BUILD / "bin" / program, "--help").stdout, re.MULTILINE)
    assert len(commands) > 3
    for command in commands:
        assert f"{program} {command} " in shown.stdout


@needs_man
def test_the_manual_of_the_configuration_is_a_man_page_without_fault(tmp_path):
    made = tidegate("manual", "--man")
    assert made.returncode == 0, made.stderr
    shown = show(made.stdout, tmp_path, "tidegate.toml.5")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "TIDEGATE.TOML(5)" in shown.stdout
    assert "[stream.NAME]" in shown.stdout
    assert 'when_full = "refuse"' in shown.stdout


@needs_man
def test_a_fault_of_a_page_would_be_seen(tmp_path):
    assert show(".TH A 5\n.SH NAME\na \\- b\n.no_such_macro\n", tmp_path, "a.5").stderr


def test_the_example_of_the_manual_passes_the_check(tmp_path):
    manual = tidegate("manual").stdout
    example = manual.split("## Example\n")[1].split("\n## ")[0].replace("\n    ", "\n")
    (tmp_path / "users").write_text("")
    configuration = tmp_path / "t.toml"
    configuration.write_text(example.replace("/etc/tidegate/users", str(tmp_path / "users")))
    checked = tidegate("check", "--config", configuration)
    assert checked.returncode == 0, checked.stderr
    assert "[stream.alarms]" in checked.stdout
