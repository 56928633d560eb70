"""Who may include whom, and in which room a third-party library lives. CMake's link lines say the same."""

import re

from tree import Finding

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')

# The most specific folder that contains the file decides. A folder may always include itself. None: everything.
MAY_INCLUDE = {
    "proto/mqtt": [],
    "proto/tidegate": [],
    "gateway/base": [],
    "gateway/store": ["gateway/base"],
    "gateway/sessions": ["gateway/base", "gateway/store"],
    "gateway/hub": ["gateway/base", "gateway/sessions", "gateway/store", "proto/mqtt/topic.hpp"],
    "gateway/ingest": ["gateway/base", "gateway/hub", "gateway/sessions", "gateway/store", "proto/mqtt/topic.hpp"],
    "gateway/config": ["gateway/base", "proto/mqtt/topic.hpp"],
    "gateway/control": ["gateway/base"],
    # The ticket is what ingest promises by; the store itself stays out of sight.
    "gateway/south": ["gateway/base", "gateway/hub", "gateway/ingest", "gateway/sessions", "gateway/store/ticket.hpp", "proto"],
    "gateway/north": ["gateway/base", "gateway/store", "proto"],
    "gateway/programs/collector": ["gateway/base", "gateway/programs/tidegated/spdlog_events.hpp", "proto/tidegate"],
    "gateway/programs/tidegate": None,
    "gateway/programs/tidegated": None,
    "gateway/asio.cpp": [],
    "tests": None,
}

# The most specific prefix decides. Headers without a slash or a dot are the standard library's, allowed everywhere.
ROOMS = {
    "boost/asio": ["gateway/asio.cpp", "gateway/south", "gateway/north", "gateway/control", "gateway/programs"],
    "boost/asio/ssl": ["gateway/south/mqtt_client"],
    "boost/system": ["gateway/south", "gateway/north", "gateway/control", "gateway/programs"],
    "boost/beast": ["gateway/control", "gateway/programs/tidegate"],
    "boost/describe": ["gateway/control"],
    "boost/json": ["gateway/control", "gateway/programs"],
    "openssl/": ["gateway/south"],
    "google/protobuf/": ["gateway/north/grpc", "gateway/programs/collector"],
    "grpc/": ["gateway/north/grpc", "gateway/programs/collector"],
    "grpcpp/": ["gateway/north/grpc", "gateway/programs/collector"],
    "librdkafka/": ["gateway/north/kafka"],
    "mqtt/": ["gateway/north/mqtt"],
    "coap3/": ["gateway/south/coap"],
    "prometheus/": ["gateway/control"],
    "spdlog/": ["gateway/programs"],
    "sqlite3.h": ["gateway/programs/collector"],
    "toml++/": ["gateway/config"],
    "zstd.h": ["gateway/store", "gateway/north/grpc", "gateway/programs/collector", "proto/columns"],
}
SYSTEM_FOLDERS = ("sys/", "arpa/", "netinet/", "linux/", "asm/")
GENERATED_ROOMS = ["gateway/north/grpc", "gateway/programs/collector"]


def check(tree):
    for path in tree.sources():
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            message = ours(path, match[2]) if match[1] == '"' else third_party(path, match[2])
            if message:
                yield Finding(path, number, message)


def ours(path, included):
    if included.startswith("tests/") and not path.startswith("tests/"):
        return f"production code never includes tests: {included}"
    if re.search(r"\.pb\.h$", included) and not path.startswith(("tests/", *GENERATED_ROOMS)):
        return f"generated messages stay in {' and '.join(GENERATED_ROOMS)}: {included}"
    room = max((room for room in MAY_INCLUDE if (path + "/").startswith(room + "/")), key=len, default=None)
    if room is None:
        return f"no include rule for this folder: add one to {__name__.replace('.', '/')}.py"
    allowed = MAY_INCLUDE[room]
    if allowed is None or included.startswith((room + "/", *allowed)):
        return None
    return f"{room} may not include {included}"


def third_party(path, included):
    if path.startswith("tests/"):
        return None
    library = max(filter(included.startswith, ROOMS), key=len, default=None)
    if library is not None:
        rooms = ROOMS[library]
        return None if path.startswith(tuple(rooms)) else f"<{included}> has its room in {' and '.join(rooms)}"
    if "." not in included and "/" not in included:
        return None  # standard library
    if path.startswith("proto/"):
        return f"proto/ uses the standard library only, without I/O: <{included}>"
    if included.startswith(SYSTEM_FOLDERS) or "/" not in included:
        return None  # the kernel's and libc's
    return f"no room is named for <{included}>: one library, one room"

