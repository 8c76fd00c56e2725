"""What the help of each command shows as examples, without the word hushgate."""

from collections.abc import Mapping
from types import MappingProxyType

EXAMPLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "run": ("run", "run --stay-shut --user hushgate", "run --simulate addon-down"),
        "gate": ("gate --stay-shut",),
        "addon": ("addon",),
        "check": ("check", "check config/hushgate.example.yaml"),
        "status": ("status",),
        "prove": ("prove kitchen", "prove kitchen --keep mine.json"),
        "allow": ("allow kitchen 20m", "allow all until 23:30"),
        "block": ("block kitchen 2h", "block all until 7:00"),
        "pause": ("pause kitchen 5m",),
        "pending": ("pending", "pending allow", "pending refuse kitchen"),
        "resume": ("resume kitchen", "resume all"),
        "windows": ("windows", "windows kitchen --week"),
        "explain": (
            "explain --device kitchen",
            'explain --device kitchen --at "sun 22:30" --to alexa.example',
        ),
        "set": (
            'set kitchen.windows "mon-fri 07:00-22:00" "sat 09:00-01:00"',
            "set kitchen.windows []       # never",
            "set office.outside delay",
        ),
        "unset": ("unset kitchen.windows",),
        "undo": ("undo", "undo --list"),
        "backup": ("backup home.tar.gz",),
        "restore": ("restore --dry-run home.tar.gz", "restore home.tar.gz"),
        "log": ("log --since yesterday --device kitchen", "log --follow", "log --csv > ledger.csv"),
        "report": ("report", "report --week --html week.html"),
        "ship": ("ship --gateway house-12", "ship --once"),
        "forget": ("forget kitchen --yes",),
        "lists": (
            "lists check hosts.txt",
            "lists add https://a.example/hosts.txt --device kitchen",
            "lists enable amazon-telemetry",
            "lists why metrics.apple.com",
        ),
        "devices": ("devices", "devices 192.168.1.20"),
        "device": (
            "device set 192.168.1.20 --speaker bathroom",
            "device set 50:14:79:10:00:09 --not-speaker --name Robbie",
        ),
        "endpoints": ("endpoints kitchen",),
        "replay": ("replay speaker.pcap", "replay speaker.pcap --device fc:65:de:10:00:01 --all"),
        "identify": ("identify home.pcap",),
        "evaluate": ("evaluate tests/data/recordings", "evaluate mine.json"),
        "ruleset": ("ruleset", "ruleset --diff"),
        "doctor": ("doctor",),
        "shut": ("shut",),
        "cleanup": ("cleanup",),
        "open-everything": ("open-everything",),
    }
)
"""One row for each command of the table in cli.py."""
