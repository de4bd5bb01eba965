#!/usr/bin/env python3
"""Checks the public headers: what `cmake --install` installs, and what an application reaches.

    public_headers_test.py closed  ROOT            the list is what the entries of carillon/ reach, and
                                                   the built-in handlers use no other headers
    public_headers_test.py compile ROOT COMPILER [FLAG…]   each header compiles alone, without a
                                                   definition of ours and without precompiled headers
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

OWN = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
FOREIGN = re.compile(r"^\s*#\s*include\s+<([^>]+)>", re.MULTILINE)
# What may come from elsewhere: the standard library, CAF, and these parts of Boost.
ALLOWED = re.compile(r"[a-z0-9_]+|caf/(?!detail/|io/|openssl/).+|boost/(describe|mp11/.+|system/result)(\.hpp)?")
ENTRIES = ("carillon/carillon.hpp", "carillon/remote.hpp")


def listed(root):
    return (root / "cmake/public_headers.txt").read_text().split()


def reached(root):
    """The headers that the entries reach, each with the one that includes it first."""
    found = dict.fromkeys(ENTRIES)
    left = list(ENTRIES)
    while left:
        header = left.pop()
        for name in OWN.findall((root / header).read_text()):
            if name not in found:
                found[name] = header
                left.append(name)
    return found


def check_closed(root):
    faults = []
    names, found = listed(root), reached(root)
    if names != sorted(set(names)):
        faults.append("cmake/public_headers.txt is not sorted, or has a name twice")
    for name in sorted(set(found) - set(names)):
        faults.append(f"{name} is reached by {found[name]}, and not in cmake/public_headers.txt")
    for name in sorted(set(names) - set(found)):
        faults.append(f"{name} is in cmake/public_headers.txt, and nothing public includes it")
    for name in sorted(found):
        if not name.startswith(("base/", "messages/", "carillon/", "node/engine/")):
            faults.append(f"{name} is internal, and {found[name]} includes it")
        for foreign in FOREIGN.findall((root / name).read_text()):
            if not ALLOWED.fullmatch(foreign):
                faults.append(f"{name} includes <{foreign}>")
    # The built-in handlers have what an application has; utilities of base/ are their own matter.
    for path in sorted((root / "handlers").rglob("*.?pp")):
        for name in OWN.findall(path.read_text()):
            if not name.startswith(("base/", "handlers/")) and name not in names:
                faults.append(f"{path.relative_to(root)} includes {name}, which is not public")
    return faults


def check_compile(root, compiler):
    def fault_of(name):
        done = subprocess.run(
            [*compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
             f"-I{root}", "-x", "c++", "-"],
            input=f'#include "{name}"\n#include "{name}"\n', text=True, capture_output=True, timeout=300)
        return f"{name}:\n{done.stderr[:2000]}" if done.returncode else None

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [x for x in pool.map(fault_of, listed(root)) if x]


def main():
    what, root, *compiler = sys.argv[1:]
    root = pathlib.Path(root)
    faults = check_closed(root) if what == "closed" else check_compile(root, compiler)
    for x in faults:
        print(x)
    print(f"{len(listed(root))} public headers, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
