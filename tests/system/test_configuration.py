"""A configuration that cannot work: what the programs say of it."""

from site_of_test import configuration, tidegate, tidegated

BAD_CONFIGURATION = 78  # EX_CONFIG of sysexits.h


def test_quotas_that_do_not_fit_the_store_of_default_size_stop_the_start_with_numbers(tmp_path):
    config = tmp_path / "tidegate.toml"
    config.write_text(configuration(7070, tmp_path / "store", store="", stream='quota = "3 TB"'))
    assert tidegate("check", "--config", config).returncode == 0, "only the start knows the size"
    done = tidegated("--config", config)
    assert done.returncode == 1
    assert "the streams' quotas are 3 TB together, but the store, which was given " in done.stderr
    assert "for messages: lower them, or set store.size" in done.stderr


def test_a_gateway_starts_with_as_many_streams_as_are_allowed(site):
    more = "".join(f'[stream.s{i}]\ntopics = ["s{i}"]\nto = ["collector"]\n' for i in range(29))
    gateway = site.gateway(stream=more)
    gateway.start()
    assert len(gateway.status()["streams"]) == 30
