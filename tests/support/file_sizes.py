#!/usr/bin/env python3
"""Refuses headers, sources and folders that are too large for one concept: see CONTRIBUTING.md. Cut them by
concept, not by length. What has a reason to be longer is named here, with the reason and a bound of its own.

    file_sizes.py ROOT FOLDER…
"""

import collections
import pathlib
import sys

# "About 130 lines", "about 400 lines" and "about twenty pairs of files".
MOST_LINES = {".hpp": 143, ".cpp": 420}
MOST_PAIRS = 22

LONGER = {
    "actors/consumers/delivery_window.hpp": (150, "one interface of plain logic, whose order the comments define"),
    "net/data/exchange.hpp": (150, "requests of a connection and their answers share one order"),
    "node/engine/engine.hpp": (220, "the face of the library: all that an application calls, with its errors"),
    "persistence/postgres/connection.hpp": (160, "one connection: what each call promises when it is lost midway"),
}


def main():
    root = pathlib.Path(sys.argv[1])
    faults = []
    pairs = collections.defaultdict(set)
    needed = set()
    for folder in sys.argv[2:]:
        for path in sorted((root / folder).rglob("*.?pp")):
            name = str(path.relative_to(root))
            pairs[str(path.relative_to(root).parent)].add(path.stem)
            usual = MOST_LINES[path.suffix]
            lines = len(path.read_text().splitlines())
            if lines > usual:
                needed.add(name)
            most = LONGER[name][0] if name in LONGER else usual
            if lines > most:
                faults.append(f"{name} has {lines} lines, at most {most} are permitted: cut it by concept")
    for folder, stems in sorted(pairs.items()):
        if len(stems) > MOST_PAIRS:
            faults.append(f"{folder} has {len(stems)} pairs of files, at most {MOST_PAIRS} are permitted: "
                          "cut rooms by concept")
    for name in sorted(set(LONGER) - needed):
        if name.split("/")[0] in sys.argv[2:]:
            faults.append(f"{name} is no longer too long: remove it from LONGER in {pathlib.Path(__file__).name}")
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
