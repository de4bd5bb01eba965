#!/usr/bin/env python3
"""Checks that each C++ block of the documents for applications is code of an example, which is built
and run, that their CMake blocks consist of lines of its CMakeLists.txt, and that each part of an
example that is marked for the documents is in one.

    embedding_docs_test.py ROOT

In an example such code is between `// docs: begin` and `// docs: end`, possibly indented.
"""

import pathlib
import re
import sys
import textwrap

DOCUMENTS = ("docs/embedding.md", "docs/which-way.md", "docs/remote.md")
MARKED = re.compile(r"^ *// docs: begin\n(.*?)^ *// docs: end$", re.MULTILINE | re.DOTALL)


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def main():
    root = pathlib.Path(sys.argv[1])
    examples = root / "examples"
    marked = [
        textwrap.dedent(code)
        for source in sorted(examples.glob("*/*.cpp"))
        for code in MARKED.findall(source.read_text())
    ]
    cmake = {line for x in examples.glob("*/CMakeLists.txt") for line in x.read_text().splitlines()}
    shown = []
    faults = []
    for name in DOCUMENTS:
        text = (root / name).read_text()
        cpp = blocks(text, "cpp")
        if not cpp:
            faults.append(f"{name} has no C++ block\n")
        shown += cpp
        faults += [f"{name}: in no example as it is here:\n{x}" for x in cpp if x not in marked]
        faults += [f"{name}: no example has this line:\n{line}\n"
                   for x in blocks(text, "cmake") for line in x.splitlines() if line not in cmake]
    faults += [f"in no document as it is here:\n{x}" for x in marked if x not in shown]
    for x in faults:
        print(x)
    print(f"{len(shown)} blocks, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
