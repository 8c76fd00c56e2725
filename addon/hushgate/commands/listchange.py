"""The changes of `hushgate lists`: add, remove, switch, update, edit; and back again."""

import argparse
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hushgate.adapters.fetch import file_path, is_file
from hushgate.adapters.listfiles import name_of, read_source
from hushgate.adapters.listrows import Source, State
from hushgate.adapters.liststore import OWN, OWN_HEADER, OWN_SOURCE
from hushgate.adapters.listupdate import Outcome, Update, fetch_update, save_updates
from hushgate.adapters.shipped import shipped_lists
from hushgate.commands.listdesk import Desk, ask, describe, describe_collisions, open_desk
from hushgate.commands.policyview import utc_now
from hushgate.commands.progress import ProgressBar
from hushgate.core.errors import Complaint, ConfigError, UnavailableError
from hushgate.core.listformats.entry import Meaning
from hushgate.core.lists import Scope
from hushgate.core.words import counted

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_RETRY = "Nothing was changed. To do it all the same: --accept"


def add(args: argparse.Namespace) -> int:
    """Fetch a list, show what it would do, and put it in force."""
    desk = open_desk(args)
    location = args.location
    if is_file(location) and "://" not in location:
        location = str(file_path(location).absolute())
    source = Source(
        _free_id(desk, args.name or _id_from(location), location),
        location,
        scope=_scope(desk, args.device),
        format=args.format,
        meaning=args.meaning,
        allow=args.allow,
    )
    update = _fetch(desk, source, accept=args.accept)
    if update.reading is not None:
        print("\n".join(describe(update.reading)))
    if update.reading is not None and not update.reading.choice.sure and not args.meaning:
        update = _ask_meaning(desk, update, accept=args.accept)
    return _finish(desk, update, f"add {source.id}")


def _ask_meaning(desk: Desk, update: Update, *, accept: bool) -> Update:
    answer = ask("Do its names cover what is below them too (ads.example, x.ads.example)? [y/N] ")
    if answer not in ("y", "yes"):
        return update
    source = replace(update.source, meaning=Meaning.SUFFIX, copy=None)
    return _fetch(desk, source, accept=accept)


def _finish(desk: Desk, update: Update, what: str) -> int:
    """Put a list in force that was added or switched on, if its owner wants it."""
    if update.outcome is Outcome.COLLIDES:
        print("It would break:")
        print("\n".join(describe_collisions(update.collisions)))
        if ask("Put it in force all the same? [y/N] ") not in ("y", "yes"):
            raise UnavailableError(_RETRY)
        update = _fetch(desk, update.source, accept=True)
    if update.outcome in (Outcome.FAILED, Outcome.REFUSED):
        raise UnavailableError(f"{update.source.id} is refused: {update.source.problem}")
    with desk.store.change(what) as change:
        change.state = change.state.with_source(update.source)
    print(f"{update.source.id}: {_entries(update.source)} for {update.source.scope}")
    return 0


def _entries(source: Source) -> str:
    return counted(source.entries, "entry", "entries")


def remove(args: argparse.Namespace) -> int:
    """Take a list away."""
    desk = open_desk(args)
    source = desk.source(args.list)
    _refuse_configured(desk, source, "remove it there")
    with desk.store.change(f"remove {source.id}") as change:
        change.state = change.state.without(source.id)
    print(f"{source.id} is gone; `hushgate lists undo` brings it back")
    return 0


def enable(args: argparse.Namespace) -> int:
    """Switch a list on, for some devices or for all."""
    return _switch(args, on=True)


def disable(args: argparse.Namespace) -> int:
    """Switch a list off, for some devices or for all."""
    return _switch(args, on=False)


def _switch(args: argparse.Namespace, *, on: bool) -> int:
    desk = open_desk(args)
    source = desk.source(args.list)
    _refuse_configured(desk, source, 'change "lists" of the speaker there')
    known = source.id in desk.store.state().sources
    scope = source.scope if known else Scope()
    for device in args.device or [None]:
        scope = scope.switched(on=on, device=None if device is None else desk.device(device))
    source = replace(source, scope=scope)
    what = f"{'enable' if on else 'disable'} {source.id}"
    if args.device:
        what += f" for {', '.join(args.device)}"
    if on and not source.accepted and (not known or source.copy is None):
        return _finish(desk, _fetch(desk, source, accept=args.accept), what)
    with desk.store.change(what) as change:
        change.state = change.state.with_source(source)
    print(f"{source.id}: {scope}")
    return 0


def update(args: argparse.Namespace) -> int:
    """Fetch the newest version of some lists, or of all."""
    desk = open_desk(args)
    state = desk.state()
    sources = [desk.source(name) for name in args.list] or list(state.sources.values())
    updates = [_fetch(desk, source, accept=args.accept) for source in sources]
    good = (Outcome.UPDATED, Outcome.UNCHANGED)
    save_updates(desk.store, updates)
    for each in updates:
        detail = f": {each.source.problem}" if each.source.problem else ""
        print(f"{each.source.id}  {each.outcome}  {_entries(each.source)}{detail}")
        if each.outcome is Outcome.COLLIDES:
            print("\n".join(describe_collisions(each.collisions)))
    if all(each.outcome in good for each in updates):
        return 0
    print("What was in force stays in force.")
    if any(each.may_be_accepted for each in updates):
        print("To take the new version all the same: --accept")
    return 1


def edit(args: argparse.Namespace) -> int:
    """Open the owner's own list in an editor; check it when the editor closes."""
    desk = open_desk(args)
    before = desk.store.state().own
    text = before or OWN_HEADER
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "own.txt")
        while True:
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
            _run_editor(path)
            text = path.read_bytes().decode("utf-8", "surrogateescape")
            if text == (before or OWN_HEADER):
                print("nothing changed")
                return 0
            answer = _judge_own(desk, path, accept=args.accept)
            if answer == "save":
                break
            if answer != "edit":
                raise UnavailableError(_keep(desk, text))
    with desk.store.change("edit your own list") as change:
        change.state = change.state.with_own(text)
    print("saved")
    return 0


def _judge_own(desk: Desk, path: Path, *, accept: bool) -> str:
    """What to do with an edited list: save, edit (again), or nothing."""
    reading = read_source(path, OWN_SOURCE)
    print("\n".join(describe(reading)))
    if "NUL" in (reading.refused or ""):
        print(f"refused: {reading.refused}")
        return ""
    collisions = desk.house.collisions(reading)
    if collisions:
        print("It would break:")
        print("\n".join(describe_collisions(collisions)))
    if accept or not (collisions or reading.invalid):
        return "save"
    answer = ask("Save it, edit it again, or discard it? [s/e/D] ")
    if not answer and not collisions:
        return "save"  # nobody to ask; lines that cannot be read cost only themselves
    return {"s": "save", "e": "edit"}.get(answer[:1], "")


def _run_editor(path: Path) -> None:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        status = subprocess.run([*shlex.split(editor), str(path)], check=False).returncode
    except OSError as error:
        raise UnavailableError(
            f'the editor "{editor}" cannot be started: {error.strerror}'
        ) from error
    if status:
        raise UnavailableError(f'the editor "{editor}" ended with status {status}; nothing changed')


def _keep(desk: Desk, text: str) -> str:
    path = desk.store.own_path().with_name("own.rejected.txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return f"{_RETRY}. Your text is kept in {path}"


def undo(args: argparse.Namespace) -> int:
    """Take the last change back."""
    desk = open_desk(args)
    if args.list:
        print("\n".join(desk.store.history()) or "nothing to undo")
        return 0
    what = desk.store.undo()
    print(f"taken back: {what}" if what else "nothing to undo")
    return 0 if what else 1


def _fetch(desk: Desk, source: Source, *, accept: bool) -> Update:
    with ProgressBar(source.id) as bar:
        return fetch_update(desk.store, source, desk.house, utc_now(), accept=accept, progress=bar)


def _scope(desk: Desk, devices: Sequence[str] | None) -> Scope:
    if not devices:
        return Scope(everyone=True)
    return Scope(everyone=False, unlike=frozenset(map(desk.device, devices)))


def _id_from(location: str) -> str:
    stem = name_of(location).removesuffix(".gz").rpartition(".")[0] or name_of(location)
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:32].strip("-") or "list"


def _free_id(desk: Desk, name: str, location: str) -> str:
    if not _ID.fullmatch(name):
        raise ConfigError(
            Complaint(f'"{name}" cannot be a name; expected up to 32 of a-z, 0-9 and -')
        )
    state: State = desk.state()
    if any(source.location == location for source in state.sources.values()):
        raise ConfigError(Complaint(f"{location} is among your lists already"))
    if name == OWN or name in state.sources or name in shipped_lists():
        message = f'there is a list "{name}" already; choose another name with --name'
        raise ConfigError(Complaint(message))
    return name


def _refuse_configured(desk: Desk, source: Source, instead: str) -> None:
    if source.id in desk.configured and desk.config is not None:
        message = f'"{source.id}" comes from the configuration; {instead}'
        raise ConfigError(Complaint(message, str(desk.config.path)))
