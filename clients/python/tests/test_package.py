"""The package as users have it: installed, typed, and used as its README says."""

import base64
import hashlib
import hmac
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, Dict, List

from support import DEADLINE, PACKAGE, Node, eventually, has, start_process

README = PACKAGE / "README.md"


def blocks() -> List[str]:
    """The programs of the README."""
    return re.findall(r"^```python\n(.*?)^```", README.read_text(), re.M | re.S)


class Directory(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="carillon-python-"))
        self.addCleanup(shutil.rmtree, self.directory, True)

    def run_checked(self, *arguments: str, **more: Any) -> str:
        done: "subprocess.CompletedProcess[str]" = subprocess.run(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, text=True, **more
        )
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout


class Examples(Directory):
    """Every block of the README runs."""

    def program(self, block: str, node: Node) -> Path:
        found = block.replace("http://127.0.0.1:7070", node.url).replace("http://127.0.0.1:7071", node.admin_url)
        path = self.directory / "program.py"
        path.write_text(found)
        return path

    def run_worker(self, block: str, node: Node, wanted: str) -> None:
        log = self.directory / "log"
        process = start_process([sys.executable, str(self.program(block, node))], log, env=environment())
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def said() -> bool:
            self.assertIsNone(process.poll(), log.read_text())
            return wanted in log.read_text()

        eventually(said, wanted)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(DEADLINE), 0, log.read_text())

    def test_the_programs_of_the_readme(self) -> None:
        node = Node()
        self.addCleanup(node.close)
        first, publishing, handlers, jobs, queries, webhooks = blocks()
        self.run_worker(first, node, "o-1001: 99 points\n")
        out = self.run_checked(sys.executable, str(self.program(publishing, node)), env=environment())
        self.assertRegex(out, r"^on disk at position \d+, for the first time\n0 of 300 were refused\n$")
        self.run_worker(handlers, node, "mail to zoe@example.org about order-shipped/o-1002\n")
        out = self.run_checked(sys.executable, str(self.program(jobs, node)), env=environment())
        self.assertEqual(out, "done {'width': 32} halved\n")
        out = self.run_checked(sys.executable, str(self.program(queries, node)), env=environment())
        self.assertRegex(out, r"(?m)^\d+ order.shipped o-1002$")
        self.assertIn("{'name': 'shop.mail', 'state': ", out)
        self.assertRegex(out, r"'order.shipped': 301\b")

        names: Dict[str, Any] = {}
        exec(webhooks, names)
        body, stamp = b'{"type":"order.created","data":{}}', str(int(time.time()))
        key = b"k" * 32
        mac = hmac.digest(key, f"msg_1.{stamp}.".encode() + body, hashlib.sha256)
        headers = {
            "Webhook-Id": "msg_1",
            "Webhook-Timestamp": stamp,
            "Webhook-Signature": "v1," + base64.b64encode(mac).decode(),
        }
        secret = "whsec_" + base64.b64encode(key).decode()
        self.assertEqual(names["receive"](body, headers, secret), 204)
        self.assertEqual(names["receive"](body + b" ", headers, secret), 400)


class Types(Directory):
    @unittest.skipUnless(shutil.which("mypy") or os.environ.get("CARILLON_ALL_TESTS"), "mypy is not installed")
    def test_the_package_its_tests_and_the_readme_are_typed(self) -> None:
        files: List[str] = []
        tests = [str(path) for path in (PACKAGE / "tests").glob("*.py")]
        for i, block in enumerate(blocks()):
            files.append(str(self.directory / f"block_{i}.py"))
            Path(files[-1]).write_text(block)
        mypy = ["mypy", "--strict", "--cache-dir", str(self.directory / "cache")]
        package = str(PACKAGE / "src" / "carillon")
        self.run_checked(*mypy, "--python-version", "3.9", *files, package, *tests, env=typed())
        # The check finds something.
        Path(files[0]).write_text("import carillon\ncarillon.Carillon('http://x').publish(7)\n")
        done = subprocess.run([*mypy, files[0]], stdout=subprocess.PIPE, text=True, env=typed(), timeout=60)
        self.assertIn("arg-type", done.stdout)

    @unittest.skipUnless(has("flake8"), "flake8 is not installed")
    def test_the_style(self) -> None:
        self.run_checked(sys.executable, "-m", "flake8", cwd=str(PACKAGE))


class Installed(Directory):
    @unittest.skipUnless(all([has("setuptools"), has("wheel"), has("pip")]), "what installs packages is missing")
    def test_pip_installs_it(self) -> None:
        source = self.directory / "source"
        shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("tests", "__pycache__", "*.egg-info", "build"))
        venv = self.directory / "venv"
        self.run_checked(sys.executable, "-m", "venv", "--system-site-packages", "--without-pip", str(venv))
        python = str(venv / "bin" / "python")
        self.run_checked(
            python, "-m", "pip", "install", "--quiet", "--no-index", "--no-build-isolation", "--no-deps", str(source),
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        )  # fmt: skip
        node = Node()
        self.addCleanup(node.close)
        program = (
            "import sys, carillon\n"
            "print(carillon.__file__, carillon.__version__)\n"
            "client = carillon.Carillon(sys.argv[1], service='shop')\n"
            "seen = []\n"
            "worker = client.subscribe('user.*', seen.append, name='x')\n"
            "client.publish('user.login', {'ip': '192.0.2.1', 'userAgent': 'x'}, user_id='u-1')\n"
            "while not seen: worker.wait(0.01)\n"
            "print(client.close())\n"
        )
        bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        out = self.run_checked(python, "-c", program, node.url, env=bare, cwd=str(self.directory)).split()
        installed = Path(out[0]).parent
        self.assertTrue(str(installed).startswith(str(venv)), out)
        self.assertTrue((installed / "py.typed").exists())
        self.assertEqual(out[2], "True")
        self.assertEqual(out[1], version_of("CMakeLists.txt", r"project\(carillon VERSION (\S+)"))

    def test_there_is_one_version(self) -> None:
        wanted = version_of("CMakeLists.txt", r"project\(carillon VERSION (\S+)")
        self.assertEqual(version_of("clients/python/pyproject.toml", r'^version = "(.*)"'), wanted)
        self.assertEqual(version_of("clients/python/src/carillon/version.py", r'^VERSION = "(.*)"'), wanted)


def version_of(file: str, pattern: str) -> str:
    found = re.search(pattern, (PACKAGE.parent.parent / file).read_text(), re.M)
    assert found, file
    return found[1]


def environment() -> Dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PACKAGE / "src")}


def typed() -> Dict[str, str]:
    return {**os.environ, "MYPYPATH": f"{PACKAGE}/src:{PACKAGE}/tests"}


if __name__ == "__main__":
    unittest.main()
