"""What the compiling rules share: run in parallel, and remember what passed."""

import concurrent.futures
import os
import re

from tree import Finding

PLACE = re.compile(r"^(.*?):(\d+):\d+: (?:fatal )?(?:error|warning): (.*)$")


def run_cached(tree, rule, sources, inspect, *salts):
    """inspect(path) gives the compiler's words, empty if it has nothing to say; then it is not asked again until the
    source, what it includes of ours, or a salt changes. Remembered in the build directory."""
    passed = tree.build / "lint" / rule
    passed.mkdir(parents=True, exist_ok=True)
    keys = {path: tree.cache_key(path, *salts) for path in sources}
    waiting = [path for path in sources if not (passed / keys[path]).exists()]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, words in zip(waiting, pool.map(inspect, waiting)):
            if words:
                yield from findings(tree, path, words)
            else:
                (passed / keys[path]).touch()


def findings(tree, path, words):
    places = [match for match in map(PLACE.match, words.splitlines()) if match]
    ours = {(place[1].removeprefix(f"{tree.root}/"), int(place[2]), place[3]) for place in places}
    ours = {place for place in ours if tree.exists(place[0]) and not place[0].startswith("/")}
    if not ours:  # the fault shows in somebody else's header
        ours = {(path, 1, places[0][3] if places else words.strip().splitlines()[-1])}
    for place in ours:
        yield Finding(*place)
