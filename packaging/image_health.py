#!/usr/bin/env python3
"""image_health.py LAYOUT: gives the only image of an OCI layout a health check.

The image specification has none, and so umoci has no option for it; Docker reads it from the
configuration of the image.
"""
import hashlib
import json
import pathlib
import sys

CHECK = {
    "Test": ["CMD", "/usr/bin/curl", "--fail", "--silent", "--max-time", "5", "http://127.0.0.1:7071/healthz"],
    "Interval": 10_000_000_000,
    "Timeout": 6_000_000_000,
    "StartPeriod": 60_000_000_000,
    "Retries": 3,
}


def blob(layout, descriptor):
    return layout / "blobs" / pathlib.Path(*descriptor["digest"].split(":"))


def replace(layout, descriptor, content):
    """Stores the content, and makes the descriptor one of it."""
    data = json.dumps(content, separators=(",", ":")).encode()
    descriptor["digest"] = "sha256:" + hashlib.sha256(data).hexdigest()
    descriptor["size"] = len(data)
    blob(layout, descriptor).write_bytes(data)


def main():
    layout = pathlib.Path(sys.argv[1])
    index = json.loads((layout / "index.json").read_text())
    (entry,) = index["manifests"]
    manifest = json.loads(blob(layout, entry).read_text())
    config = json.loads(blob(layout, manifest["config"]).read_text())
    config["config"]["Healthcheck"] = CHECK
    replace(layout, manifest["config"], config)
    replace(layout, entry, manifest)
    (layout / "index.json").write_text(json.dumps(index))


main()
