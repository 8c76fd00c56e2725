"""A home with one speaker, for tests of who else lives there."""

from pathlib import Path

from hushgate.config import parse_config

HOME = """\
schema_version: 1
house:
  zone: Europe/Berlin
  windows: [07:00-22:00]
speakers:
  kitchen:
    mac: fc:65:de:00:00:02
"""
CONFIG = parse_config(HOME, Path("home.yaml"))
