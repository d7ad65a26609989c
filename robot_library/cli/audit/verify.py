"""`wetread audit verify`, `head` and `key`."""

from __future__ import annotations

from pathlib import Path

import click

from robot_library.cli.audit.places import keys_of, trail_of
from robot_library.cli.output import json_option, print_json
from robot_library.cli.site import home_option, open_key


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@home_option
@click.option("--public-key", "public", multiple=True, help="Verify with this key only (`wetread audit key`).")
@click.option("--head", "kept", multiple=True, help="A head that was kept elsewhere, N:HASH; may be given often.")
@click.option("--head-file", type=click.Path(path_type=Path), help="Where the trail's own head is, if not there.")
@json_option
def verify(
    path: Path | None, home: Path, public: tuple[str, ...], kept: tuple[str, ...], head_file: Path | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Read the whole trail and say whether it is as it was written. Exit code 1 if it is not.

    PATH is a home, or a trail's folder; without it, --home's. Found: lines changed, gone, added, in another place, an
    end that was cut off. Whoever can put the trail and its head back to an earlier state together is found only with a
    head that was kept elsewhere.

    \b
    wetread audit verify
    wetread audit verify --head 4711:9f2c…      noted on another machine
    wetread audit verify backup/audit --public-key 3b1e…
    """
    from robot_library.safeguards.audit.trail import head_of
    from robot_library.safeguards.audit.verify import verify as verified

    folder, lived = trail_of(path, home)
    verdict = verified(folder, head_file or head_of(lived), keys_of(lived, public), _heads(kept))
    if as_json:
        print_json(verdict.as_data())
    elif verdict.intact:
        more = f", {verdict.repaired} torn by crashes and closed in sight" if verdict.repaired else ""
        click.echo(f"Intact: {verdict.events} events in {verdict.lines} lines{more}.")
        if verdict.unproven:
            click.echo(f"The last {verdict.unproven} lines stand after the last signature.")
    else:
        click.echo(f"NOT INTACT at line {verdict.first_bad}: {verdict.why}. Before it: {verdict.events} events.")
    return 0 if verdict.intact else 1


def _heads(kept: tuple[str, ...]) -> dict[int, str]:
    found = {}
    for text in kept:
        number, _, digest = text.partition(":")
        if not number.isdigit() or len(digest) != 64:
            raise click.UsageError(f"{text!r} is no head; `wetread audit head` prints one as N:HASH.")
        found[int(number)] = digest
    return found


@click.command()
@home_option
@json_option
def head(home: Path, as_json: bool) -> None:
    """Number and hash of the last line. Keep it on another machine, with the day: later it proves what was there.

    \b
    wetread audit head
    wetread audit head --json
    """
    from robot_library.errors import SetupError
    from robot_library.safeguards.audit.signing import read_head
    from robot_library.safeguards.audit.trail import head_of

    last = read_head(head_of(home))
    if last is None:
        raise SetupError("there is no audit trail here yet.", cure="It begins with the first run of a bot.")
    if as_json:
        print_json({"n": last.n, "hash": last.hash, "key": last.key})
    else:
        click.echo(f"{last.n}:{last.hash}")


@click.command()
@home_option
@json_option
def key(home: Path, as_json: bool) -> None:
    """The public key of this site's trail: with it others can verify, and nobody can write.

    \b
    wetread audit key
    wetread audit key --json
    """
    from robot_library.safeguards.audit.signing import Signer

    signer = Signer(open_key(home))
    if as_json:
        print_json({"key": signer.public.hex(), "id": signer.key_id})
    else:
        click.echo(signer.public.hex())
