"""What the rules see of a profile, and the value they give."""

from hushgate.core.case import Case
from hushgate.core.catalogue import Catalogue, Confidence, Endpoint, Role
from hushgate.core.facts import Asked
from hushgate.core.identity import Kind
from hushgate.core.model import Instant
from hushgate.core.oui import OuiTable
from hushgate.core.profiles import Profile


def endpoint(key: str, confidence: Confidence) -> Endpoint:
    return Endpoint("acme", key, key, Role.VOICE, confidence, (), (f"{key}.example",))


CATALOGUE = Catalogue([endpoint("sure", Confidence.A), endpoint("unsure", Confidence.D)])


def case_of(*names: str) -> Case:
    profile = Profile("fc:65:de:00:00:01", Instant(0.0), Instant(0.0))
    for name in names:
        profile.learn(Asked(profile.device, name, "192.168.1.1"), Instant(0.0))
    return Case(profile, CATALOGUE, OuiTable([("fc:65:de", "acme")], source="test"))


def test_only_voice_services_that_are_sure_count() -> None:
    assert case_of("sure.example", "unsure.example", "x.example").voice_of("acme") == [
        "sure.example"
    ]


def test_who_made_the_interface_is_evidence_for_everything() -> None:
    identity = case_of().conclude(Kind.UNKNOWN, 0.3)
    assert identity.vendor == "acme"
    assert identity.evidence == ("hardware address of acme (fc:65:de; test)",)


def test_a_speaker_carries_voice() -> None:
    assert case_of().conclude(Kind.SPEAKER, 0.9).carries_voice
    assert not case_of().conclude(Kind.PHONE, 0.9).carries_voice
