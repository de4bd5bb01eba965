"""The version of the package: that of the node."""

VERSION = "0.1.0"
