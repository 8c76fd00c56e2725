"""`hushgate identify`: who is on a capture, and why."""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from hushgate.adapters.catalogue import shipped_catalogue
from hushgate.adapters.identification import Device, Survey, survey_capture
from hushgate.adapters.oui import shipped_oui_table
from hushgate.commands.terminal import say
from hushgate.core.catalogue import Endpoint
from hushgate.core.errors import ConfigError
from hushgate.core.model import Transport
from hushgate.core.oui import is_mac


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="a capture (pcap, pcapng)"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object for all files together"
    )


def run(args: argparse.Namespace) -> int:
    """Survey each file; what cannot be read is said, and the rest is surveyed."""
    catalogue, oui = shipped_catalogue(), shipped_oui_table()
    surveys: list[Survey] = []
    failed = False
    for path in args.files:
        try:
            survey = survey_capture(path, catalogue, oui)
        except ConfigError as error:
            print(error, file=sys.stderr)
            failed = True
            continue
        surveys.append(survey)
        for complaint in survey.complaints:
            print(f"warning: {complaint}", file=sys.stderr)
        if not args.json:
            print(f"{path}:")
            _print(survey)
    if args.json:
        print(json.dumps(_describe(surveys), indent=2))
    return 2 if failed else 0


def _print(survey: Survey) -> None:
    known: defaultdict[str, list[tuple[str, Endpoint]]] = defaultdict(list)
    for contact in survey.endpoints:
        if contact.endpoint is not None:
            known[contact.device].append((contact.name, contact.endpoint))
    for device in survey.devices:
        identity = device.identity
        what = " ".join(word for word in (identity.vendor, identity.model) if word)
        kind = f"{identity.kind}: {what}" if what not in ("", identity.kind) else identity.kind
        say(f"  {device.device}  {kind}  ({identity.confidence:.0%} sure)")
        if device.addresses and device.addresses != (device.device,):
            say(f"    addresses: {', '.join(device.addresses)}")
        for reason in identity.evidence:
            say(f"    - {reason}")
        if identity.carries_voice and not identity.is_speaker:
            print("    carries voice, though it is no speaker")
        for name, endpoint in known[device.device]:
            say(f"    {endpoint.role:<12} {name}  ({endpoint.what})")


def _describe(surveys: list[Survey]) -> dict[str, Any]:
    return {
        "devices": [_describe_device(device) for survey in surveys for device in survey.devices],
        "hellos": [
            {
                "device": greeted.device,
                "transport": "tcp" if greeted.transport is Transport.TCP else "quic",
                "sni": greeted.hello.sni,
                "alpn": list(greeted.hello.alpn),
                "ja4": greeted.hello.ja4,
            }
            for survey in surveys
            for greeted in survey.hellos
        ],
        "endpoints": [
            {
                "device": contact.device,
                "name": contact.name,
                "vendor": contact.endpoint.vendor if contact.endpoint else None,
                "role": contact.endpoint.role.value if contact.endpoint else None,
            }
            for survey in surveys
            for contact in survey.endpoints
        ],
    }


def _describe_device(device: Device) -> dict[str, Any]:
    identity = device.identity
    return {
        "mac": device.device if is_mac(device.device) else None,
        "addresses": list(device.addresses),
        "vendor": identity.vendor,
        "model": identity.model,
        "kind": identity.kind.value,
        "speaker": identity.is_speaker,
        "carries_voice": identity.carries_voice,
        "confidence": round(identity.confidence, 2),
        "evidence": list(identity.evidence),
    }
