"""The DNS of speakers: answers teach names, listed names are refused, hiding keys removed."""

from base64 import b64encode
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from dns import edns, rrset
from dns import message as dnspython
from mitmproxy import dns
from mitmproxy.net.dns import response_codes, types
from mitmproxy.test import tflow

from hushgate.adapters.dnsplane import DnsPlane
from hushgate.adapters.liststore import ListStore
from hushgate.core.engine import Engine
from hushgate.core.model import DeviceId, Instant, Reason, Verdict

KITCHEN = DeviceId("kitchen")
NOW = Instant(100.0)
NAME = "avs-alexa-4-na.amazon.com"
HIDING_KEYS = b"\x00\x14\xfe\x0d\x00\x10" + bytes(range(16))
"""An ECHConfigList of one (draft-ietf-tls-esni-22 section 4), of which nobody here reads more."""
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
    flow.metadata["hushgate-asked"] = flow.request.questions[0]
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


async def test_they_are_removed_where_they_come_unasked_too(plane: DnsPlane) -> None:
    flow = answer(dns.ResourceRecord.A(NAME, IPv4Address("203.0.113.5")))
    assert flow.response is not None
    flow.response.additionals = [dns.ResourceRecord(NAME, types.HTTPS, 1, 300, b"\x00\x01\x00")]
    await plane.dns_response(flow)
    assert flow.response.additionals == []


@pytest.mark.parametrize("kind", ["HTTPS", "SVCB"])
async def test_no_hiding_key_is_left_in_an_answer_that_another_implementation_wrote(
    plane: DnsPlane, kind: str
) -> None:
    wire = dnspython.make_response(dnspython.make_query(NAME, kind))
    text = f'1 . alpn="h2,h3" ech="{b64encode(HIDING_KEYS).decode()}"'
    wire.answer.append(rrset.from_text(f"{NAME}.", 300, "IN", kind, text))
    flow = question(NAME, 65)
    await plane.dns_request(flow)
    flow.response = dns.DNSMessage.unpack(wire.to_wire())
    await plane.dns_response(flow)
    back = dnspython.from_wire(flow.response.packed)
    assert (back.rcode(), back.answer, back.additional) == (0, [], [])
    assert HIDING_KEYS not in flow.response.packed


async def test_a_question_goes_on_as_nothing_but_its_name_and_kind(plane: DnsPlane) -> None:
    """Options, flags, other records and the case of letters could all carry words."""
    wire = dnspython.make_query("Avs-ALEXA-4-na.Amazon.com", "A", use_edns=True, payload=4096)
    wire.use_edns(0, payload=4096, options=[edns.GenericOption("65001", b"what was said")])
    wire.flags |= 0x0030  # AD, CD
    wire.additional.append(rrset.from_text("more.example.", 1, "IN", "TXT", '"what was said"'))
    flow = tflow.tdnsflow(resp=False)
    flow.request = dns.DNSMessage.unpack(wire.to_wire())
    await plane.dns_request(flow)
    plain = dnspython.make_query(NAME, "A", use_edns=0, payload=1232, id=wire.id)
    assert dnspython.from_wire(flow.request.packed).to_wire() == plain.to_wire()


async def test_the_speaker_gets_its_own_letters_back(plane: DnsPlane) -> None:
    flow = question(NAME.upper())
    await plane.dns_request(flow)
    assert flow.request.questions[0].name == NAME
    flow.response = flow.request.succeed([dns.ResourceRecord.A(NAME, IPv4Address("203.0.113.5"))])
    await plane.dns_response(flow)
    assert flow.response.questions[0].name == NAME.upper()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"op_code": 5}, id="an update"),
        pytest.param({"query": False}, id="an answer"),
        pytest.param({"questions": []}, id="no question"),
        pytest.param({"questions": [dns.Question(NAME, 1, 1)] * 2}, id="two questions"),
        pytest.param({"questions": [dns.Question(NAME, 1, 3)]}, id="of the Chaos class"),
        pytest.param({"questions": [dns.Question("a..example", 1, 1)]}, id="no name"),
    ],
)
async def test_what_is_no_question_goes_nowhere(plane: DnsPlane, change: dict[str, object]) -> None:
    flow = question(NAME)
    for field, value in change.items():
        setattr(flow.request, field, value)
    await plane.dns_request(flow)
    assert flow.response is not None
    assert flow.response.response_code == response_codes.FORMERR
    assert flow.response.packed


async def test_a_number_that_comes_again_is_another_question(plane: DnsPlane) -> None:
    """mitmproxy would answer it with what it was told before."""
    flow = answer(dns.ResourceRecord.A(NAME, IPv4Address("203.0.113.5")))
    flow.request = question("other.example").request
    await plane.dns_request(flow)
    assert flow.response is None


async def test_too_many_names_are_refused_and_told_once(plane: DnsPlane, engine: Engine) -> None:
    flows = [question(f"{number:060}.tunnel.example") for number in range(200)]
    for flow in flows:
        await plane.dns_request(flow)
    refused = [flow.response for flow in flows if flow.response is not None]
    assert {each.response_code for each in refused} == {response_codes.REFUSED}
    assert len(flows) - len(refused) < 30
    (record,) = engine.records()
    assert (record.reason, record.verdict) == (Reason.DNS_LIMIT, Verdict.REJECT)
    assert record.endpoint.endswith(".tunnel.example:53")


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
