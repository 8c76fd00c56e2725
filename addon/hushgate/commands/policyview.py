"""The policy as the files say it, for commands that explain and draw without a running gateway."""

import argparse
from datetime import UTC, datetime

from hushgate.adapters.clocks import read_clocks
from hushgate.adapters.policyfiles import OVERRIDES_NAME, OverrideFile
from hushgate.config import Config, load_config
from hushgate.config_calendars import KEPT_NAME
from hushgate.core.errors import Complaint, ConfigError
from hushgate.core.explain import parse_moment
from hushgate.core.model import DeviceId
from hushgate.core.overrides import unexpired
from hushgate.core.policy import Policy
from hushgate.core.words import suggest


def read_policy(args: argparse.Namespace, now: datetime) -> tuple[Config, Policy]:
    """The configuration of --config with the overrides of --state-dir."""
    config = load_config(args.config, kept=args.state_dir / KEPT_NAME)
    overrides = OverrideFile(args.state_dir / OVERRIDES_NAME).load(read_clocks().mark)
    return config, config.policy.with_overrides(unexpired(overrides, now))


def known_device(policy: Policy, word: str) -> DeviceId:
    """The device of a name given on the command line; its key, or what people call it.

    Raises:
        ConfigError: with the nearest name.
    """
    for device in policy.devices.values():
        if word.lower() in (device.id, device.name.lower()):
            return device.id
    message = f'there is no speaker "{word}"{suggest(word, tuple(policy.devices))}'
    raise ConfigError(Complaint(message))


def moment_of(args: argparse.Namespace, config: Config, now: datetime) -> datetime:
    """The moment of --at; now if it was not given.

    Raises:
        ConfigError: it is not understood.
    """
    try:
        return parse_moment(args.at, now, config.zone) if args.at else now
    except ValueError as error:
        raise ConfigError(Complaint(f"--at: {error}")) from error


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)
