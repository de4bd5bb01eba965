#!/usr/bin/env python3
"""Checks the public headers: what `cmake --install` installs, and what an application reaches.

    public_headers_test.py closed  ROOT            the list is what the entries of carillon/ reach, and
                                                   the built-in handlers use no other headers
    public_headers_test.py compile ROOT COMPILER [FLAG…]   each header compiles alone, without a
                                                   definition of ours. What comes before it, or is
                                                   precompiled, is what it includes as well.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

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


def closures(root):
    """Each listed header with all that it includes, of ours and of others, itself among them."""
    names = listed(root)
    direct = {}
    for name in names:
        text = (root / name).read_text()
        direct[name] = {*OWN.findall(text), *(f"<{x}>" for x in FOREIGN.findall(text))}
    found = {}
    for name in names:
        seen, left = {name}, [name]
        while left:
            new = direct.get(left.pop(), set()) - seen
            seen |= new
            left += new
        found[name] = frozenset(seen)
    return found


def precompiled_for(reach):
    """For each header that uses CAF what to precompile, or nothing: what at least three headers have in common that
    use the same parts of it. A smaller one costs more to load than to read."""
    alike = {}
    for used in reach.values():
        parts = frozenset(x for x in used if x.startswith("<caf/"))
        alike.setdefault(parts, []).append(frozenset(x for x in used if x.startswith("<")))
    sets = [frozenset.intersection(*used) for parts, used in alike.items() if parts and len(used) >= 3]
    return {name: max((x for x in sets if x <= used), key=lambda x: (len(x), sorted(x)), default=frozenset())
            for name, used in reach.items()}


def chains(reach, precompiled):
    """Few lists of headers, each of which includes all before it in its list: compiled one after the other, none
    sees what it would not see alone. As few as there can be, by a maximum matching."""
    below = {name: sorted(x for x in used if x in reach and x != name and precompiled[x] == precompiled[name])
             for name, used in reach.items()}
    above = {}

    def place(name, seen):
        for x in below[name]:
            if x not in seen:
                seen.add(x)
                if x not in above or place(above[x], seen):
                    above[x] = name
                    return True
        return False

    for name in below:
        place(name, set())
    for first in sorted(set(below) - set(above.values())):
        chain = [first]
        while chain[-1] in above:
            chain.append(above[chain[-1]])
        yield chain


def check_compile(root, compiler):
    command = [*compiler, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{root}", "-x"]
    reach = closures(root)
    precompiled = precompiled_for(reach)

    def run(*more, text=""):
        return subprocess.run([*command, *more], input=text, text=True, capture_output=True, timeout=600)

    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:

        def precompile(numbered):
            number, headers = numbered
            path = pathlib.Path(directory, f"{number}.hpp")
            path.write_text("".join(f"#include {x}\n" for x in sorted(headers)))
            done = run("c++-header", str(path), "-o", f"{path}.gch")
            if done.returncode:
                raise RuntimeError(done.stderr)
            return headers, path

        paths = dict(pool.map(precompile, enumerate(set(precompiled.values()) - {frozenset()})))

        def fault_of(chain):
            path = paths.get(precompiled[chain[0]])
            flags = ["-include", str(path), "-Winvalid-pch"] if path else []
            text = "".join(f'#include "{x}"\n' for x in [*chain, *chain])
            done = run("c++", "-fsyntax-only", *flags, "-", text=text)
            return f"{', '.join(chain)}:\n{done.stderr[:2000]}" if done.returncode else None

        # The last ones use the most.
        lists = sorted(chains(reach, precompiled), key=lambda x: -len(reach[x[-1]]))
        assert sorted(name for x in lists for name in x) == sorted(reach)
        return [x for x in pool.map(fault_of, lists) if x]


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
