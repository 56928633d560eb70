"""A configuration that cannot work: what the programs say of it."""

import pytest
from programs import BUILD
from site_of_test import configuration, run, tidegate, tidegated

BAD_CONFIGURATION = 78  # EX_CONFIG of sysexits.h


@pytest.mark.parametrize("command", [["tidegated"], ["tidegated", "--check"], ["tidegate", "check"], ["tidegate", "explain", "a"]],
                         ids=" ".join)
def test_a_password_file_that_cannot_be_used_is_named_where_it_is_set_beside_all_other_faults(tmp_path, command):
    users, config = tmp_path / "users", tmp_path / "tidegate.toml"
    users.write_text("# people\nada:plain\n\nbob\n")
    config.write_text(f'[mqtt]\nusers = "{users}"\nmax_connections = 0\n')
    program, *words = command
    done = run(BUILD / "bin" / program, *words, "--config", config)
    assert done.returncode == BAD_CONFIGURATION
    said = done.stderr.splitlines()
    assert [line.partition(" has no")[0].partition(" is not")[0] for line in said] == [
        f"{config}:2:9: mqtt.users: {users}:2:", f"{config}:2:9: mqtt.users: {users}:4:",
        f"{config}:3:19: mqtt.max_connections: must be from 1 to 1000000"]
    users.unlink()
    missing = run(BUILD / "bin" / program, *words, "--config", config).stderr.splitlines()
    assert len(missing) == 2
    assert missing[0].startswith(f"{config}:2:9: mqtt.users: open {users}: No such file or directory")


def test_quotas_that_do_not_fit_the_store_of_default_size_stop_the_start_with_numbers(tmp_path):
    config = tmp_path / "tidegate.toml"
    config.write_text(configuration(7070, tmp_path / "store", store="", stream='quota = "3 TB"'))
    assert tidegate("check", "--config", config).returncode == 0, "only the start knows the size"
    done = tidegated("--config", config)
    assert done.returncode == 1
    assert "the streams' quotas are 3 TB together, but the store, which was given " in done.stderr
    assert "for messages: lower them, or set store.size" in done.stderr


@pytest.mark.parametrize("text", ["garbage", "-----BEGIN CERTIFICATE-----\ngarbage\n-----END CERTIFICATE-----\n"])
def test_a_ca_that_is_not_pem_is_named_in_the_upstreams_state(site, text):
    (site.directory / "ca").write_text(text)
    gateway = site.gateway(upstream=f'grpc = "127.0.0.1:7070"\nca = "{site.directory / "ca"}"')
    gateway.start()
    state = gateway.wait_for_status(lambda s: "PEM" in s["upstreams"][0]["state"], "it is said")["upstreams"][0]["state"]
    assert state.startswith(f"{site.directory / 'ca'} holds no certificate in PEM")
    assert state.endswith("correct upstream.collector.ca")


def test_a_gateway_starts_with_as_many_streams_as_are_allowed(site):
    more = "".join(f'[stream.s{i}]\ntopics = ["s{i}"]\nto = ["collector"]\n' for i in range(29))
    gateway = site.gateway(stream=more)
    gateway.start()
    assert len(gateway.status()["streams"]) == 30
