"""Lease files as dnsmasq, odhcpd and Kea write them."""

from pathlib import Path

import pytest

from hushgate.adapters.leases import read_leases
from hushgate.core.facts import Leased

DNSMASQ = """\
1732400000 fc:65:de:00:00:01 192.168.1.7 amazon-0123 01:fc:65:de:00:00:01
1732400000 D4:A3:3D:00:00:02 192.168.1.8 * *
duid 00:01:00:01:2e
1732400000 12345 fd00::7 amazon-0123 00:01:00:01
"""
ODHCPD = """\
# br-lan fc65de000001 ipv4 amazon-0123 1732400000 7 32 192.168.1.7/32
192.168.1.7\tamazon-0123.lan
# br-lan d4a33d000002 ipv4 - 1732400000 8 32 192.168.1.8/32
# br-lan 00010001 1f3a Living-Room 1732400000 2ab 128 fd00::2ab/128
"""
KEA = """\
address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context
192.168.1.7,fc:65:de:00:00:01,01:fc,4000,1732400000,1,0,0,old-name,0,
192.168.1.8,d4:a3:3d:00:00:02,,4000,1732400000,1,0,0,,0,
192.168.1.9,aa:bb:cc:00:00:03,,4000,1732400000,1,0,0,gone,0,
192.168.1.7,fc:65:de:00:00:01,01:fc,4000,1732404000,1,0,0,amazon-0123,0,
192.168.1.9,aa:bb:cc:00:00:03,,4000,1732400000,1,0,0,gone,2,
"""
LEASES = [
    Leased("fc:65:de:00:00:01", "192.168.1.7", "amazon-0123", None, ()),
    Leased("d4:a3:3d:00:00:02", "192.168.1.8", None, None, ()),
]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(DNSMASQ, id="dnsmasq"),
        pytest.param(ODHCPD, id="odhcpd"),
        pytest.param(KEA, id="Kea"),
        pytest.param(KEA + KEA.splitlines()[0], id="Kea, two files joined"),
    ],
)
def test_leases_are_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "leases").write_text(text)
    assert read_leases(tmp_path / "leases") == (LEASES, [])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("not a lease\n", 1, id="words"),
        pytest.param(DNSMASQ + "\n1732400000 fc:65:de 192.168.1.7 x *\n", 6, id="half an address"),
        pytest.param("# br-lan xyz ipv4 name 1 2 32 192.168.1.7/32\n", 1, id="no hardware address"),
        pytest.param("# br-lan fc65de000001 ipv4 name 1 2 32 nowhere/32\n", 1, id="no address"),
        pytest.param("\ufffd\0\n", 1, id="garbage"),
        pytest.param(KEA + "nonsense\n", 7, id="Kea, a broken line"),
    ],
)
def test_what_is_no_lease_is_said_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "leases").write_text(text)
    _, (complaint,) = read_leases(tmp_path / "leases")
    assert complaint.line == line
    assert "1 lines are no leases" in complaint.message


def test_a_file_that_is_not_there_has_no_leases(tmp_path: Path) -> None:
    assert read_leases(tmp_path / "absent") == ([], [])


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    facts, (complaint,) = read_leases(tmp_path)
    assert facts == []
    assert "cannot be read" in complaint.message
