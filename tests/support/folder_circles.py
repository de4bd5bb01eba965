#!/usr/bin/env python3
"""Refuses circles of includes between folders that lie side by side, each with what is in it. A folder
and the folders in it may include each other: they are one room.

    folder_circles.py ROOT FOLDER…
"""

import collections
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def neighbours(root, folders):
    """Per folder, which of those in it includes which beside it, each with one such include."""
    out = collections.defaultdict(lambda: collections.defaultdict(dict))
    for folder in folders:
        for path in sorted((root / folder).rglob("*.?pp")):
            source = path.relative_to(root)
            for name in INCLUDE.findall(path.read_text()):
                if not (root / name).is_file():
                    continue
                ours, theirs = source.parent.parts, pathlib.Path(name).parent.parts
                depth = 0
                while ours[depth:] and theirs[depth:] and ours[depth] == theirs[depth]:
                    depth += 1
                if ours[depth:] and theirs[depth:]:
                    out[ours[:depth]][ours[depth]].setdefault(theirs[depth], f"{source} includes {name}")
    return out


def circle(edges):
    """Some circle of a graph as its nodes, the first one again at the end; empty if there is none."""
    done, path = set(), []

    def visit(x):
        if x in path:
            return path[path.index(x):] + [x]
        if x in done:
            return []
        path.append(x)
        for y in sorted(edges.get(x, ())):
            if found := visit(y):
                return found
        done.add(path.pop())
        return []

    for x in sorted(edges):
        if found := visit(x):
            return found
    return []


def main():
    root = pathlib.Path(sys.argv[1])
    faults = 0
    for parent, edges in sorted(neighbours(root, sys.argv[2:]).items()):
        if found := circle(edges):
            faults += 1
            print(f"{'/'.join(parent) or '.'} has a circle: {' -> '.join(found)}")
            for x, y in zip(found, found[1:]):
                print(f"    {edges[x][y]}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
