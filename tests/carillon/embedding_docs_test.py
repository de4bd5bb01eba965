#!/usr/bin/env python3
"""Checks that each C++ block of docs/embedding.md is code of an example, which is built and run.

    embedding_docs_test.py ROOT

In an example such code is between `// docs: begin` and `// docs: end`, possibly indented.
"""

import pathlib
import re
import sys
import textwrap

MARKED = re.compile(r"^ *// docs: begin\n(.*?)^ *// docs: end$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main():
    root = pathlib.Path(sys.argv[1])
    marked = [
        textwrap.dedent(code)
        for source in sorted((root / "examples").glob("*/*.cpp"))
        for code in MARKED.findall(source.read_text())
    ]
    blocks = BLOCK.findall((root / "docs/embedding.md").read_text())
    faults = 0
    for name, some, others in (("in no example", blocks, marked), ("not in the document", marked, blocks)):
        for code in some:
            if code not in others:
                faults += 1
                print(f"{name} as it is here:\n{code}")
    print(f"{len(blocks)} blocks, {faults} faults")
    return 1 if faults or not blocks else 0


if __name__ == "__main__":
    sys.exit(main())
