"""Every capture at hand against tshark: server names, DNS, mDNS and DHCP."""

import shutil
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from hushgate.adapters.captures import Sighting, read_sightings
from hushgate.adapters.identification import survey_capture
from hushgate.core.catalogue import Catalogue
from hushgate.core.lan import mac_text
from hushgate.core.model import Transport
from hushgate.core.oui import OuiTable
from hushgate.wire import dns, ip
from hushgate.wire.dhcp import decode_dhcp

ROOT = Path(__file__).parents[2]
FOLDERS = (
    ROOT / "tests" / "data" / "protocol",
    ROOT / "tests" / "data" / "recordings",
    ROOT.parent / "shared" / "data" / "pcaps",
)
CAPTURES = {path.name: path for folder in reversed(FOLDERS) for path in folder.glob("*.pcap*")}
"""By name, since some of the shared ones are copied into the tests' data."""
FIELDS = (
    *("udp.port", "tls.handshake.extensions_server_name"),
    *("dns.qry.name", "dns.a", "dns.aaaa", "dns.cname", "dns.ptr.domain_name"),
    *("dhcp.hw.mac_addr", "dhcp.option.dhcp", "dhcp.option.hostname"),
    *("dhcp.option.vendor_class_id", "dhcp.option.request_list_item"),
)

pytestmark = pytest.mark.skipif(
    shutil.which("tshark") is None, reason="tshark, the oracle, is not installed"
)
every_capture = pytest.mark.parametrize(
    "path", [CAPTURES[name] for name in sorted(CAPTURES)], ids=lambda path: path.name
)


@lru_cache
def tshark(path: Path) -> list[dict[str, str]]:
    """The fields of each packet that has any; several values of one are joined by a bar."""
    query = "!icmp && (tls.handshake.type == 1 || dns || mdns || dhcp)"
    options = [option for field in FIELDS for option in ("-e", field)]
    command = ["tshark", "-r", str(path), "-Y", query, "-T", "fields", "-E", "aggregator=|"]
    run = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    return [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in run.stdout.splitlines()]


def values_of(rows: list[dict[str, str]], field: str) -> set[str]:
    return {value for row in rows for value in row[field].split("|") if value}


def datagrams(path: Path, *ports: int) -> Iterator[Sighting]:
    for sighting in read_sightings(path, []):
        packet = sighting.packet
        if packet.protocol == ip.UDP and {packet.source_port, packet.target_port} & {*ports}:
            yield sighting


@every_capture
@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP], ids=["TLS", "QUIC"])
def test_every_server_name_that_tshark_finds_is_found(path: Path, transport: Transport) -> None:
    survey = survey_capture(path, Catalogue(), OuiTable())
    ours = {
        greeted.hello.sni
        for greeted in survey.hellos
        if greeted.transport is transport and greeted.hello.sni
    }
    is_udp = transport is Transport.UDP
    rows = [row for row in tshark(path) if bool(row["udp.port"]) is is_udp]
    assert ours == values_of(rows, "tls.handshake.extensions_server_name")


@every_capture
def test_dns_and_mdns_records_are_those_of_tshark(path: Path) -> None:
    messages = [dns.decode_message(each.payload) for each in datagrams(path, 53, 5353)]
    records = [record for message in messages for record in message.records]
    names = {question.name for message in messages for question in message.questions}
    assert {name.replace("\\.", ".") for name in names} == values_of(tshark(path), "dns.qry.name")
    for kind, field in (
        (dns.A, "dns.a"),
        (dns.AAAA, "dns.aaaa"),
        (dns.CNAME, "dns.cname"),
        (dns.PTR, "dns.ptr.domain_name"),
    ):
        ours = {record.value for record in records if record.kind == kind and record.value}
        assert ours == values_of(tshark(path), field)


@every_capture
def test_dhcp_options_are_those_of_tshark(path: Path) -> None:
    ours = set()
    for each in datagrams(path, 67, 68):
        message = decode_dhcp(each.payload)
        parameters = "|".join(map(str, message.parameters))
        name, kind = message.host_name or "", message.vendor_class or ""
        ours.add((mac_text(message.mac), str(message.kind), name, kind, parameters))
    theirs = {
        (mac.split("|")[0], *rest)  # the client's identifier repeats its hardware address
        for mac, *rest in (tuple(row.values())[-5:] for row in tshark(path))
        if mac
    }
    assert ours == theirs
