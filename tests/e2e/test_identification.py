"""Devices come into a home with hushgate: the speakers are named, their look-alikes are not."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gateprocess import ROOT, until
from tests.e2e.guests import Guest, Services, Visit
from tests.home.gateway import EXAMPLE, Gateway
from tests.home.network import Network

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("dnsmasq") is None, reason="apt-get install dnsmasq"),
]
IDENTIFY = """
identify:
  leases: [leases, named.leases]
  probe: true
"""
WITHIN = 60.0
"""Seconds from the first evidence to the name."""

SPEAKERS = (
    Guest(
        "echo",
        "fc:65:de:20:00:01",
        host_name="amazon-0123456789",
        seeks=("_amzn-alexa._tcp",),
        asks=("ntp-g7g.amazon.com", "d3p8zr0ffa9t17.cloudfront.net"),
        greets=("alexa.na.gateway.devices.a2z.com",),
    ),
    Guest(
        "google-home",
        "f8:0f:f9:20:00:02",
        host_name="Google-Home-Mini",
        announces=(("_googlecast._tcp", 8009, ("md=Google Home Mini", "ca=199172")),),
        asks=("connectivitycheck.gstatic.com",),
        greets=("clients3.google.com",),
        quic=("www.google.com",),
    ),
    Guest(
        "homepod",
        "d4:a3:3d:20:00:03",
        host_name="Bathroom",
        announces=(("_airplay._tcp", 7000, ("model=AudioAccessory5,1",)),),
        greets=("guzzoni.apple.com",),
    ),
    Guest(
        "echo-of-tomorrow",
        "fc:65:de:20:00:08",
        greets_long=("alexa.na.gateway.devices.a2z.com",),
    ),
    Guest(
        "asked",
        "f8:0f:f9:20:00:0b",
        announces=(("_googlecast._tcp", 8009, ()),),
        answers=b'{"name": "Hall", "device_info": {"model_name": "Google Nest Mini"}}',
    ),
)
VENDORS = {
    "echo": "amazon",
    "google-home": "google",
    "homepod": "apple",
    "echo-of-tomorrow": "amazon",
    "asked": "google",
}
FIRE_TV_CUBE = Guest(
    "fire-tv-cube",
    "fc:65:de:20:00:09",
    announces=(("_amzn-wplay._tcp", 40000, ("n=Cube",)),),
    asks=("ftv-smp.ntp-fireos.com",),
    greets=("alexa.na.gateway.devices.a2z.com",),
)
DECOYS = (
    Guest("roomba", "50:14:79:20:00:04", announces=(("_amzn-alexa._tcp", 443, ()),)),
    Guest(
        "fire-tv",
        "fc:65:de:20:00:05",
        announces=(("_amzn-wplay._tcp", 40000, ("n=TV",)),),
        asks=("ftv-smp.ntp-fireos.com", "ntp-g7g.amazon.com", "prod.amcs-tachyon.com"),
        greets=("firetvcaptiveportal.com",),
    ),
    Guest(
        "cast-group",
        "b0:f1:ec:20:00:06",
        announces=(("_googlecast._tcp", 32187, ("md=Google Cast Group", "ca=199204")),),
    ),
    Guest(
        "airplay-software",
        "b8:27:eb:20:00:07",
        announces=(("_airplay._tcp", 7000, ("model=AudioAccessory5,1",)),),
    ),
    Guest(
        "reflector",
        "b8:27:eb:20:00:0a",
        announces=(("_airplay._tcp", 7000, ("model=AudioAccessory5,1",)),),
        repeats="192.168.77.250",
    ),
)
KINDS = {"roomba": "appliance", "fire-tv": "streamer", "airplay-software": "computer"}


GUESTS = (*SPEAKERS, *DECOYS, FIRE_TV_CUBE)


class Owner:
    """Somebody who types commands at the gateway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "hushgate.yaml"
        self.config.write_text(EXAMPLE.read_text() + IDENTIFY)
        self.leases = folder / "named.leases"
        self.leases.touch()

    def type(self, *words: str) -> str:
        """Run a command; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "hushgate", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env={
                "HUSHGATE_CONFIG": str(self.config),
                "HUSHGATE_STATE_DIR": str(self.folder / "state"),
                "HUSHGATE_RUNTIME_DIR": str(self.folder / "run"),
            },
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def devices(self) -> dict[str, dict[str, Any]]:
        """Who lives here, by hardware address."""
        return {row["device"]: row for row in json.loads(self.type("devices", "--json"))["devices"]}


@pytest.fixture(scope="module")
def owner(home: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    folder = tmp_path_factory.mktemp("identification")
    owner = Owner(folder)
    services = Services(home, folder)
    gateway = Gateway(home.gateway, folder, owner.config)
    visits = [Visit(home, guest, number) for number, guest in enumerate(GUESTS)]
    with asyncio.Runner() as runner:
        try:
            runner.run(gateway.start())
            for visit in visits:
                visit.live()
            yield owner
        finally:
            runner.run(gateway.stop())
            services.close()
            for visit in visits:
                visit.close()


@pytest.mark.parametrize("guest", SPEAKERS, ids=lambda guest: guest.name)
def test_a_speaker_is_named_within_a_minute(owner: Owner, guest: Guest) -> None:
    def is_named() -> dict[str, Any] | None:
        row = owner.devices().get(guest.mac)
        return row if row is not None and row["kind"] == "speaker" else None

    row = until(is_named, f"{guest.name} to be named; known: {owner.devices()}", WITHIN)
    assert row["vendor"] == VENDORS[guest.name]
    assert row["evidence"]
    assert any(address.startswith("192.168.77.1") for address in row["addresses"])
    assert not row["protected"]


@pytest.mark.parametrize("guest", DECOYS, ids=lambda guest: guest.name)
def test_a_look_alike_is_none(owner: Owner, guest: Guest) -> None:
    kind = KINDS.get(guest.name, "unknown")

    def is_seen() -> dict[str, Any] | None:
        row = owner.devices().get(guest.mac)
        return row if row is not None and row["kind"] == kind else None

    row = until(is_seen, f"{guest.name} to be seen; known: {owner.devices()}", WITHIN)
    assert not row["undecided"]


def test_a_television_that_carries_voice_is_found_like_a_speaker(owner: Owner) -> None:
    def is_found() -> dict[str, Any] | None:
        row = owner.devices().get(FIRE_TV_CUBE.mac)
        return row if row is not None and row["undecided"] else None

    row = until(is_found, f"the cube to be found; known: {owner.devices()}", WITHIN)
    assert (row["kind"], row["carries_voice"]) == ("streamer", True)


def test_who_was_found_is_in_the_log_and_the_lease_files_are_read(owner: Owner) -> None:
    speakers = [guest.mac for guest in (*SPEAKERS, FIRE_TV_CUBE)]
    until(lambda: all(mac in owner.type("log", "--kind", "found") for mac in speakers), "the rows")
    found = owner.type("log", "--kind", "found")
    assert not any(guest.mac in found for guest in DECOYS)
    assert "lease" not in owner.type("status")
    assert owner.devices()[DECOYS[0].mac]["name"] == DECOYS[0].mac


def test_a_device_is_called_what_its_lease_says(owner: Owner) -> None:
    mac, *_ = (guest.mac for guest in DECOYS if guest.host_name is None)
    address = owner.devices()[mac]["addresses"][-1]
    owner.leases.write_text(f"1900000000 {mac} {address} vacuum *\n")
    until(lambda: owner.devices()[mac]["name"] == "vacuum", "the name of the lease", WITHIN)
    assert "vacuum" in owner.type("devices", "vacuum")


def test_the_owner_sees_and_decides(owner: Owner) -> None:
    echo, home_pod, google = (SPEAKERS[index].mac for index in (0, 2, 1))
    until(lambda: owner.devices()[google]["undecided"], "the Google Home to be found", WITHIN)
    words = owner.type("status")
    assert f"({google}," in words
    assert "NOT protecting" in words
    until(lambda: "guzzoni.apple.com" in owner.type("endpoints", home_pod), "its server", WITHIN)
    owner.type("device", "set", home_pod, "--speaker", "bathroom")
    owner.type("device", "set", google, "--not-speaker", "--name", "Toy")
    until(lambda: owner.devices()[home_pod]["protected"], "the HomePod to be guarded")
    until(lambda: not owner.devices()[google]["undecided"], "the owner's word to count")
    assert "# What holds for every speaker" in owner.config.read_text()
    assert owner.devices()[echo]["undecided"]


def test_whoever_wants_it_has_new_speakers_guarded_at_once(owner: Owner, home: Network) -> None:
    echo = SPEAKERS[0].mac
    owner.type("set", "house.new_speakers", "protect")
    until(lambda: owner.devices()[echo]["protected"], "the Echo to be guarded")

    def is_shut() -> bool:
        return echo in home.gateway.run("nft", "list", "set", "inet", "hushgate", "speakers")

    until(is_shut, "the kernel to guard it")
    assert "guarded by the rules of the house" in owner.type("status")
    assert owner.devices()[FIRE_TV_CUBE.mac]["protected"]
