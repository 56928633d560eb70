"""The package's files: systemd understands the unit, the unit is sandboxed, the scripts and the configuration parse."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "firmware/package"
UNIT = PACKAGE / "tidegate/tidegated.service"
MOST_EXPOSURE = 1.5  # of 10: systemd-analyze(1), security


def run(*command):
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.fixture(name="_systemd", scope="module")
def systemd_fixture():
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")


def test_systemd_understands_every_line_of_the_unit(tmp_path, _systemd):
    # It also wants the program to be there: any that is.
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/bin/tidegated", "/bin/true").replace("man:tidegate.toml(5) ", ""))
    done = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit)
    ours = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert (done.returncode, ours) == (0, [])


def test_the_unit_stays_sandboxed(_systemd):
    done = run("systemd-analyze", "security", "--offline=true", f"--threshold={int(MOST_EXPOSURE * 10)}", "--no-pager", UNIT)
    assert done.returncode == 0, done.stdout


def test_the_unit_can_tell_whose_process_holds_a_port():
    assert "PrivateUsers=yes" not in UNIT.read_text().splitlines(), "all other users would be 65534 in /proc/net/tcp"


def test_the_unit_waits_for_what_tidegated_says():
    lines = UNIT.read_text().splitlines()
    assert {"Type=notify", "User=tidegate", "StateDirectory=tidegate", "RestartPreventExitStatus=78"} <= set(lines)
    assert [line for line in lines if re.match(r"WatchdogSec=\d+s$", line)]


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_a_maintainer_script_is_plain_shell_and_stops_at_a_failure(script):
    path = PACKAGE / "tidegate" / script
    assert os.access(path, os.X_OK)
    assert "\nset -e\n" in path.read_text()
    assert run("sh", "-n", path).returncode == 0


def test_the_configuration_in_the_package_is_good_with_and_without_its_examples(tmp_path):
    program = ROOT / os.environ.get("TIDEGATE_BUILD", "build/dev") / "bin/tidegated"
    if not program.exists():
        pytest.skip("tidegated is not built")
    (tmp_path / "users").touch()
    text = (PACKAGE / "tidegate/tidegate.toml").read_text().replace("/etc/tidegate/users", str(tmp_path / "users"))
    for name, words in ("as-installed", text), ("opened", re.sub(r"(?m)^#(?=\S)", "", text)):
        file = tmp_path / f"{name}.toml"
        file.write_text(words)
        done = run(program, "--check", "--config", file)
        assert done.returncode == 0, done.stderr
