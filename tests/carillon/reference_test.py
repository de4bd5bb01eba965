#!/usr/bin/env python3
"""Makes the API reference of the public headers with Doxygen, and fails on any of its warnings.

    reference_test.py ROOT OUTPUT    the reference is OUTPUT/html/index.html

Classes, structs, enumerations, functions and handles of actors need a comment. These need none:
members whose name and type say all, the answer of a request, operators, and other aliases.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

UNDOCUMENTED = re.compile(r".*:\d+: (?:error: |warning: )?(.*) is not documented\.")
MAY_LACK_A_COMMENT = re.compile(
    r"Member ("
    r".* \((variable|enumvalue)\)"
    r"|operator\W.* \((function|friend)\)"
    r"|\w+\(\) const.* \(function\)(?! of class carillon::engine$)"  # an accessor
    r"|(?P<name>\w+)\((const )?(?P=name) &.*\).* \(function\)"  # copies and moves
    r"|\w+(?<!_actor) \(typedef\)"
    r") of .*")


def doxygen(root, output, *settings):
    """The warnings of a run with these settings after those of docs/Doxyfile."""
    output.mkdir(parents=True, exist_ok=True)
    headers = (root / "cmake/public_headers.txt").read_text().split()
    done = subprocess.run(
        ["doxygen", "-"], cwd=root, text=True, capture_output=True, timeout=200,
        input="\n".join(["@INCLUDE = docs/Doxyfile", *settings]),
        env={**os.environ, "CARILLON_HEADERS": " ".join(headers), "CARILLON_REFERENCE": str(output)})
    if done.returncode and not done.stderr:
        return [f"doxygen ended with {done.returncode}"]
    return [x.replace(f"{root}/", "") for x in done.stderr.splitlines() if x.strip()]


def lacks_a_comment(warning):
    return not MAY_LACK_A_COMMENT.fullmatch(UNDOCUMENTED.fullmatch(warning).group(1))


def main():
    root, output = (pathlib.Path(x).resolve() for x in sys.argv[1:])
    faults = doxygen(root, output)
    with tempfile.TemporaryDirectory() as unused:
        asked = doxygen(root, pathlib.Path(unused), "GENERATE_HTML = NO", "GENERATE_XML = YES",
                        "WARN_IF_UNDOCUMENTED = YES")
    asked = [x for x in asked if UNDOCUMENTED.fullmatch(x)]
    if not asked:
        faults.append("Doxygen asks for no comment at all: does it read the headers?")
    faults += [x for x in asked if lacks_a_comment(x)]
    for x in faults:
        print(x)
    print(f"{output}/html/index.html, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
