"""`hushgate device set`: say what a device is called, what it is, or that it is a speaker.

The words are kept in the configuration; its comments and order stay.
"""

import argparse
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

from hushgate.adapters.asking import ask
from hushgate.commands.configchange import change_config
from hushgate.config import Config, load_config
from hushgate.config_tree import Data, Path, read_tree
from hushgate.configedit import remove_key, set_value
from hushgate.core.errors import Complaint, ConfigError, RequestError, UnavailableError
from hushgate.core.identity import Kind
from hushgate.core.model import DeviceId, Mac
from hushgate.core.oui import is_mac
from hushgate.places import CONFIG, RUNTIME, STATE, add_places

_KINDS = [kind.value for kind in Kind if kind is not Kind.SPEAKER]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="set", required=True)
    setting = actions.add_parser(
        "set", help="say what a device is", description="Say what a device is."
    )
    setting.add_argument(
        "device",
        metavar="DEVICE",
        help="its id, name, hardware address or IP address, as `hushgate devices` shows them",
    )
    setting.add_argument("--name", help="what people call it")
    choice = setting.add_mutually_exclusive_group()
    choice.add_argument(
        "--speaker",
        metavar="ID",
        help="this is a speaker: guard it, under this id (such as bathroom)",
    )
    choice.add_argument("--kind", choices=_KINDS, help="this is no speaker, but what you say here")
    choice.add_argument(
        "--not-speaker", action="store_true", help="this is no speaker: short for --kind appliance"
    )
    setting.epilog = (
        "What you say stands, whatever the device does. It never opens anything for a speaker that"
        " you named: to stop guarding one, take it out of speakers: in the configuration."
    )
    add_places(setting, CONFIG, STATE, RUNTIME)


def run(args: argparse.Namespace) -> int:
    """Change the file; a running gateway takes it at once."""
    kind = Kind.APPLIANCE.value if args.not_speaker else args.kind
    if args.name is None and args.speaker is None and kind is None:
        raise ConfigError(Complaint("say --name, --speaker, --kind or --not-speaker"))
    config = load_config(args.config)
    mac, seen = _find(args, config)
    guarded = config.policy.device_of(mac)
    if guarded is not None:
        change, what = _change_speaker(args, guarded, kind)
    elif args.speaker is not None:
        if args.speaker in config.policy.devices:
            raise ConfigError(Complaint(f'there is a speaker "{args.speaker}" already'))
        name = args.name or (config.said[mac].name if mac in config.said else None)
        row: dict[str, Data] = {"name": name, "mac": mac, "vendor": seen.get("vendor")}
        change = partial(_add_speaker, speaker=args.speaker, mac=mac, row=row)
        what = f"guard {mac} as {args.speaker}"
    else:
        said: dict[str, Data] = {"name": args.name, "kind": kind}
        words = ", ".join(str(word) for word in said.values() if word is not None)
        change = partial(_set_all, path=("devices", _key_of(args, mac)), row=said)
        what = f"say that {mac} is {words}"
    change_config(args, change, what)
    return 0


def _find(args: argparse.Namespace, config: Config) -> tuple[Mac, dict[str, Any]]:
    """Return which device is meant, and what the gateway knows of it, if it runs."""
    word = args.device.lower().replace("-", ":")
    if is_mac(word):
        with contextlib.suppress(UnavailableError, RequestError):
            return Mac(word), _ask(args, word)
        return Mac(word), {}
    known = config.policy.devices.get(DeviceId(args.device))
    if known is not None and known.macs:
        return min(known.macs), {}
    seen = _ask(args, args.device)
    return Mac(seen["device"]), seen


def _ask(args: argparse.Namespace, word: str) -> dict[str, Any]:
    (seen,) = ask(args.runtime_dir, {"command": "devices", "device": word})
    answer: dict[str, Any] = seen
    return answer


def _change_speaker(
    args: argparse.Namespace, speaker: DeviceId, kind: str | None
) -> tuple[Callable[[str], str], str]:
    """Return the change for a speaker of the configuration: only its name can be said here."""
    if kind is not None or args.speaker not in (None, speaker):
        raise ConfigError(
            Complaint(
                f'"{speaker}" is a speaker of your configuration; to stop guarding it, take it out'
                f" of speakers: there, or: hushgate set {speaker}.outside observe"
            )
        )
    if args.name is None:
        return (lambda text: text), f"guard {speaker}"
    path = ("speakers", speaker, "name")
    return partial(set_value, path=path, value=args.name), f"call {speaker} {args.name}"


def _add_speaker(text: str, speaker: str, mac: Mac, row: dict[str, Data]) -> str:
    """Name a speaker; what was said of it as a device is no longer true."""
    data = read_tree(text, "").data
    devices = data.get("devices") if isinstance(data, dict) else None
    keys = devices if isinstance(devices, dict) else {}
    for key in keys:
        if key.lower().replace("-", ":") == mac:
            text = remove_key(text, ("devices", key) if len(keys) > 1 else ("devices",))
    return _set_all(text, ("speakers", speaker), row)


def _set_all(text: str, path: Path, row: dict[str, Data]) -> str:
    for key, value in row.items():
        if value is not None:
            text = set_value(text, (*path, key), value)
    return text


def _key_of(args: argparse.Namespace, mac: Mac) -> str:
    """Return how the file writes a hardware address, if it has it already."""
    data = read_tree(args.config.read_text(encoding="utf-8"), "").data
    devices = data.get("devices") if isinstance(data, dict) else None
    keys = devices if isinstance(devices, dict) else {}
    return next((key for key in keys if key.lower().replace("-", ":") == mac), mac)
