#!/usr/bin/env python3
"""Checks that the targets of libFuzzer, which are built apart from everything else, are linked with each
source of net/ whose header they reach, and that each has seeds and a dictionary: what is missing is found
when nobody fuzzes.

    sources_test.py ROOT
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def main():
    root = pathlib.Path(sys.argv[1])
    listed = set(re.findall(r"\.\./(net/\S+\.cpp)", (root / "fuzz/CMakeLists.txt").read_text()))
    left = sorted(listed) + [str(x.relative_to(root)) for x in sorted(root.glob("fuzz/*_fuzz.cpp"))]
    reached = {}
    while left:
        source = left.pop()
        for name in INCLUDE.findall((root / source).read_text()):
            if name not in reached and (root / name).is_file():
                reached[name] = source
                left.append(name)
    missing = [(x[:-4] + ".cpp", by) for x, by in sorted(reached.items())
               if x.startswith("net/") and (root / (x[:-4] + ".cpp")).is_file() and x[:-4] + ".cpp" not in listed]
    for name, by in missing:
        print(f"fuzz/CMakeLists.txt lacks {name}, whose header {by} includes")
    bare = [needed for source in sorted(root.glob("fuzz/*_fuzz.cpp")) for name in [source.name[: -len("_fuzz.cpp")]]
            for needed in (f"fuzz/dictionaries/{name}.dict", f"fuzz/seeds/{name}") if not (root / needed).exists()]
    for path in bare:
        print(f"{path} is missing")
    print(f"{len(listed)} sources, {len(missing)} missing; {len(bare)} seeds and dictionaries missing")
    return 1 if missing or bare else 0


if __name__ == "__main__":
    sys.exit(main())
