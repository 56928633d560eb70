import pytest

from rules import includes


@pytest.mark.parametrize("path, included", [
    ("gateway/store/log.cpp", '"gateway/base/disk.hpp"'),
    ("gateway/store/log.cpp", '"gateway/store/format.hpp"'),
    ("gateway/store/log.cpp", "<vector>"),
    ("gateway/base/system_disk.cpp", "<sys/stat.h>"),
    ("gateway/ingest/stream_rules.cpp", '"proto/mqtt/topic.hpp"'),
    ("gateway/north/grpc/call.hpp", '"gateway/north/upstream.hpp"'),
    ("gateway/north/grpc/call.hpp", "<grpcpp/grpcpp.h>"),
    ("gateway/north/grpc/call.hpp", '"proto/tidegate/v1/collector.grpc.pb.h"'),
    ("gateway/programs/tidegated/main.cpp", '"gateway/south/mqtt_server/server.hpp"'),
    ("tests/unit/store/log_test.cpp", '"tests/simulation/sim_disk.hpp"'),
])
def test_allows(lint, path, included):
    assert lint(includes, {path: f"#include {included}\n"}) == []


@pytest.mark.parametrize("path, included, words", [
    ("gateway/base/bytes.hpp", '"gateway/store/log.hpp"', "may not include"),
    ("gateway/store/log.cpp", '"gateway/north/route.hpp"', "may not include"),
    ("gateway/south/mqtt_server/server.cpp", '"gateway/north/route.hpp"', "may not include"),
    ("gateway/north/route.cpp", '"gateway/south/mqtt_server/server.hpp"', "may not include"),
    ("gateway/hub/hub.cpp", '"gateway/south/mqtt_server/server.hpp"', "may not include"),
    ("gateway/ingest/ingest.cpp", '"proto/mqtt/server_session.hpp"', "may not include"),
    ("proto/mqtt/codec.cpp", '"gateway/base/bytes.hpp"', "may not include"),
    ("proto/mqtt/codec.cpp", "<sys/socket.h>", "standard library only"),
    ("gateway/north/route.cpp", "<grpcpp/grpcpp.h>", "has its room in"),
    ("gateway/store/log.cpp", "<sqlite3.h>", "has its room in"),
    ("gateway/south/mqtt_server/server.cpp", "<boost/beast/http.hpp>", "has its room in"),
    ("gateway/store/log.cpp", "<boost/asio.hpp>", "has its room in"),
    ("gateway/store/log.cpp", "<boost/algorithm/string.hpp>", "no room is named"),
    ("gateway/store/log.cpp", '"tests/simulation/sim_disk.hpp"', "never includes tests"),
    ("gateway/store/log.cpp", '"proto/tidegate/v1/collector.pb.h"', "generated messages stay"),
    ("gateway/commands/outbox.cpp", '"gateway/base/bytes.hpp"', "no include rule"),
])
def test_refuses(lint, path, included, words):
    findings = lint(includes, {path: f"// why\n#include {included}\n"})
    assert len(findings) == 1 and findings[0].startswith(f"{path}:2: ") and words in findings[0]
