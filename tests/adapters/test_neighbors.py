"""Which device an address belongs to, from the kernel's neighbor table."""

from hushgate.adapters.neighbors import parse

TABLE = b"""[
  {"dst":"192.168.77.11","dev":"br-lan","lladdr":"FC:65:DE:10:00:01","state":["REACHABLE"]},
  {"dst":"2001:db8:77::11","dev":"br-lan","lladdr":"fc:65:de:10:00:01","state":["STALE"]},
  {"dst":"192.168.77.99","dev":"br-lan","state":["FAILED"]}
]"""


def test_every_address_of_a_device_leads_to_its_hardware_address() -> None:
    assert parse(TABLE) == {
        "192.168.77.11": "fc:65:de:10:00:01",
        "2001:db8:77::11": "fc:65:de:10:00:01",
    }


def test_what_cannot_be_read_is_an_empty_table() -> None:
    assert parse(b"") == parse(b'Object "neigh" is unknown') == {}
