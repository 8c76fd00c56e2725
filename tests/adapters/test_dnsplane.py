"""The DNS of speakers: answers teach names, listed names are refused, hiding keys removed."""

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from mitmproxy import dns
from mitmproxy.net.dns import response_codes, types
from mitmproxy.test import tflow

from hushgate.adapters.dnsplane import DnsPlane
from hushgate.adapters.liststore import ListStore
from hushgate.core.engine import Engine
from hushgate.core.model import DeviceId, Instant

KITCHEN = DeviceId("kitchen")
NOW = Instant(100.0)
NAME = "avs-alexa-4-na.amazon.com"
ALIAS = "avs-alexa-4-na.example.net"


@pytest.fixture
def engine() -> Engine:
    """An engine that knows nothing yet."""
    return Engine()


@pytest.fixture
def plane(engine: Engine) -> DnsPlane:
    """The plane of the kitchen's speaker."""

    async def device_of(address: str) -> DeviceId:
        return KITCHEN

    return DnsPlane(engine, device_of, lambda: NOW)


def question(name: str, kind: int = types.A) -> dns.DNSFlow:
    """A question as it comes from the speaker."""
    flow = tflow.tdnsflow(resp=False)
    flow.request.questions = [dns.Question(name, kind, 1)]
    return flow


def answer(*records: dns.ResourceRecord) -> dns.DNSFlow:
    """The resolver's answer to a question for NAME."""
    flow = question(NAME)
    flow.response = flow.request.succeed(list(records))
    return flow


async def test_answer_teaches_the_name_of_every_address(plane: DnsPlane, engine: Engine) -> None:
    await plane.dns_response(
        answer(
            dns.ResourceRecord.CNAME(NAME, ALIAS, ttl=300),
            dns.ResourceRecord.A(ALIAS, IPv4Address("203.0.113.5"), ttl=60),
            dns.ResourceRecord.AAAA(ALIAS, IPv6Address("2001:db8::5"), ttl=60),
        )
    )
    for address in ("203.0.113.5", "2001:db8::5"):
        name = engine.directory.names.find(KITCHEN, address, NOW)
        assert name is not None
        assert (name.name, name.aliases, name.expires) == (NAME, (ALIAS,), NOW + 60)


async def test_answer_goes_on_as_it_came(plane: DnsPlane) -> None:
    records = [
        dns.ResourceRecord.CNAME(NAME, ALIAS, ttl=300),
        dns.ResourceRecord.A(ALIAS, IPv4Address("203.0.113.5"), ttl=61),
    ]
    flow = answer(*records)
    await plane.dns_response(flow)
    assert flow.response is not None
    assert flow.response.answers == records


@pytest.mark.parametrize(
    "kind", [pytest.param(types.HTTPS, id="HTTPS"), pytest.param(64, id="SVCB")]
)
async def test_records_that_let_a_hello_hide_its_name_are_removed(
    plane: DnsPlane, kind: int
) -> None:
    flow = answer(
        dns.ResourceRecord(NAME, kind, 1, 300, b"\x00\x01\x00"),
        dns.ResourceRecord.A(NAME, IPv4Address("203.0.113.5")),
    )
    await plane.dns_response(flow)
    assert flow.response is not None
    assert [record.type for record in flow.response.answers] == [types.A]


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(dns.ResourceRecord(NAME, types.A, 1, 60, b"\x01"), id="a short address"),
        pytest.param(dns.ResourceRecord(NAME, types.CNAME, 1, 60, b"\xc0\xff"), id="no name"),
    ],
)
async def test_answer_that_makes_no_sense_teaches_nothing(
    plane: DnsPlane, engine: Engine, record: dns.ResourceRecord
) -> None:
    await plane.dns_response(answer(record))
    assert engine.directory.names.dump(NOW) == []


async def test_question_for_a_name_no_list_speaks_of_is_passed_on(plane: DnsPlane) -> None:
    flow = question(NAME)
    await plane.dns_request(flow)
    assert flow.response is None


async def test_listed_name_does_not_exist(plane: DnsPlane, engine: Engine, tmp_path: Path) -> None:
    store = ListStore(tmp_path)
    store.own_path().parent.mkdir(parents=True)
    store.own_path().write_text("||amazon-adsystem.com^\n")
    engine.directory.take_lists(store.load(store.state()).lists)
    flow = question("c.amazon-adsystem.com")
    await plane.dns_request(flow)
    assert flow.response is not None
    assert flow.response.response_code == response_codes.NXDOMAIN
    assert flow.response.answers == []
