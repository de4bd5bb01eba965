#!/usr/bin/env python3
"""Tests file_sizes.py on small trees."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).with_name("file_sizes.py")


class FileSizes(unittest.TestCase):
    def check(self, sizes):
        """Exit code and output for a tree of files with so many lines."""
        with tempfile.TemporaryDirectory() as root:
            for name, lines in sizes.items():
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("\n" * lines)
            done = subprocess.run([sys.executable, SCRIPT, root, *sorted({x.split("/")[0] for x in sizes})],
                                  text=True, stdout=subprocess.PIPE, check=False)
            return done.returncode, done.stdout

    def test_usual_sizes(self):
        self.assertEqual(self.check({"a/x.hpp": 143, "a/x.cpp": 420}), (0, ""))

    def test_long_header_and_long_source(self):
        code, printed = self.check({"a/in/x.hpp": 144, "a/in/x.cpp": 421})
        self.assertEqual(code, 1)
        self.assertIn("a/in/x.hpp has 144 lines, at most 143", printed)
        self.assertIn("a/in/x.cpp has 421 lines, at most 420", printed)

    def test_exceptions_have_bounds(self):
        named = {"node/engine/engine.hpp": 220}
        self.assertEqual(self.check(named), (0, ""))
        code, printed = self.check({"node/engine/engine.hpp": 221})
        self.assertEqual(code, 1)
        self.assertIn("at most 220", printed)

    def test_exceptions_that_nothing_needs(self):
        code, printed = self.check({"node/engine/engine.hpp": 100})
        self.assertEqual(code, 1)
        self.assertIn("engine.hpp is no longer too long", printed)

    def test_folders_count_pairs(self):
        pairs = {f"a/{i}.{kind}": 1 for i in range(22) for kind in ("hpp", "cpp")}
        self.assertEqual(self.check(pairs), (0, ""))
        self.assertEqual(self.check(pairs | {"a/in/1.hpp": 1}), (0, ""))
        code, printed = self.check(pairs | {"a/22.hpp": 1})
        self.assertEqual(code, 1)
        self.assertIn("a has 23 pairs of files", printed)


if __name__ == "__main__":
    unittest.main()
