#!/usr/bin/env python3
"""Tests folder_circles.py on small trees."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).with_name("folder_circles.py")


class FolderCircles(unittest.TestCase):
    def check(self, includes):
        """Exit code and output for a tree of files that include one other file each, or none."""
        with tempfile.TemporaryDirectory() as root:
            for name, included in includes.items():
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f'#include "{included}"\n' if included else "")
            done = subprocess.run([sys.executable, SCRIPT, root, *{x.split("/")[0] for x in includes}],
                                  text=True, stdout=subprocess.PIPE, check=False)
            return done.returncode, done.stdout

    def test_one_way(self):
        self.assertEqual(self.check({"a/x/1.hpp": "a/y/2.hpp", "a/y/2.hpp": "a/z/3.hpp", "a/z/3.hpp": ""}),
                         (0, ""))

    def test_a_folder_and_what_is_in_it(self):
        self.assertEqual(self.check({"a/1.cpp": "a/x/2.hpp", "a/x/2.hpp": "a/3.hpp", "a/3.hpp": ""}), (0, ""))

    def test_two_folders(self):
        code, printed = self.check({"a/x/1.hpp": "a/y/2.hpp", "a/y/2.hpp": "", "a/y/3.cpp": "a/x/1.hpp"})
        self.assertEqual(code, 1)
        self.assertIn("a has a circle: x -> y -> x\n", printed)
        self.assertIn("a/x/1.hpp includes a/y/2.hpp\n", printed)
        self.assertIn("a/y/3.cpp includes a/x/1.hpp\n", printed)

    def test_three_folders(self):
        code, printed = self.check({"a/x/1.hpp": "a/y/2.hpp", "a/y/2.hpp": "a/z/3.hpp", "a/z/3.hpp": "a/x/1.hpp"})
        self.assertEqual(code, 1)
        self.assertIn("x -> y -> z -> x", printed)

    def test_folders_count_with_what_is_in_them(self):
        code, printed = self.check({"a/x/in/1.hpp": "a/y/2.hpp", "a/y/2.hpp": "", "a/y/in/3.cpp": "a/x/4.hpp",
                                    "a/x/4.hpp": ""})
        self.assertEqual(code, 1)
        self.assertIn("a has a circle: x -> y -> x", printed)

    def test_layers(self):
        code, printed = self.check({"a/1.hpp": "b/x/2.hpp", "b/x/2.hpp": "", "b/3.hpp": "a/1.hpp"})
        self.assertEqual(code, 1)
        self.assertIn(". has a circle: a -> b -> a", printed)


if __name__ == "__main__":
    unittest.main()
