"""``fingerpost``: the command line. Parses, calls, prints; exit codes: 2 usage, 78 configuration or schema, 1 the rest.

Imports of the rooms stand in the commands: ``fingerpost --help`` loads none of them.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import update_wrapper
from pathlib import Path
from typing import Any

import click

from fingerpost import quotas
from fingerpost.config import Loaded, load
from fingerpost.errors import EXIT_OTHER, exit_code


class Chosen:
    """The configuration file that was asked for, before or after the subcommand."""

    file: str | None = None

    def load(self) -> Loaded:
        return load(self.file, os.environ, Path.cwd())


def _choose(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Chosen).file = value


config_option = click.option(
    "--config",
    type=click.Path(),
    expose_value=False,
    is_eager=True,
    callback=_choose,
    help="Configuration file. Else $FINGERPOST_CONFIG, ./config.toml, /etc/fingerpost/config.toml.",
)


def command(group: click.Group, name: str) -> Callable[[Callable[..., None]], click.Command]:
    """A subcommand that takes ``--config`` and is called with a :class:`Chosen` first."""

    def decorate(function: Callable[..., None]) -> click.Command:
        @click.pass_context
        def call(context: click.Context, *args: Any, **kwargs: Any) -> None:
            function(context.find_object(Chosen) or Chosen(), *args, **kwargs)

        return group.command(name)(config_option(update_wrapper(call, function)))

    return decorate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fingerpost")
@config_option
@click.pass_context
def cli(context: click.Context) -> None:
    """A self-hosted link shortener."""
    context.ensure_object(Chosen)


@command(cli, "serve")
def serve(chosen: Chosen) -> None:
    """Run everything: the redirect workers, the admin and the collector."""
    from fingerpost.serve import serve as run

    sys.exit(run(chosen.load, os.environ, with_admin=True))


@command(cli, "server")
def server(chosen: Chosen) -> None:
    """Run the redirect workers alone."""
    from fingerpost.serve import serve as run

    sys.exit(run(chosen.load, os.environ, with_admin=False))


@command(cli, "admin")
def admin(chosen: Chosen) -> None:
    """Run the admin (the APIs) alone."""
    from fingerpost.alone import admin_alone

    sys.exit(admin_alone(chosen.load()))


@command(cli, "about")
def about(chosen: Chosen) -> None:
    """Show the versions, and the date and source of the country data."""
    from fingerpost.about import lines

    for line in lines(chosen.load()):
        click.echo(line)


@command(cli, "collector")
def collector(chosen: Chosen) -> None:
    """Run the collector, which counts visits, alone."""
    from fingerpost.alone import collector_alone

    sys.exit(collector_alone(chosen.load()))


@cli.group()
@config_option
def keys() -> None:
    """API keys."""


@command(keys, "create")
@click.option("--name", required=True, help="What the key is for.")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do; repeatable. * is everything.")
@click.option("--expires-at", help="ISO 8601 time after which it is refused.")
@click.option("--workspace", type=int, default=1, show_default=True, help="Number of the workspace that it is for.")
def keys_create(chosen: Chosen, name: str, scopes: tuple[str, ...], expires_at: str | None, workspace: int) -> None:
    """Make an API key and print it, alone, on stdout. It is shown only this once."""
    from fingerpost.keys import create

    click.echo(create(chosen.load(), name, scopes, expires_at, workspace))


@command(keys, "list")
def keys_list(chosen: Chosen) -> None:
    """List the API keys, without their secrets."""
    from fingerpost.keys import lines

    for line in lines(chosen.load()):
        click.echo(line)


@command(keys, "revoke")
@click.argument("key_id")
def keys_revoke(chosen: Chosen, key_id: str) -> None:
    """Revoke the API key KEY_ID (fp_pk_ and 8 hex digits, as `keys list` shows it) at once and for ever."""
    from fingerpost.keys import revoke

    revoke(chosen.load(), key_id)


@cli.group()
@config_option
def workspaces() -> None:
    """Who owns links and keys, and how much of each thing they may have."""


@command(workspaces, "list")
def workspaces_list(chosen: Chosen) -> None:
    """List the workspaces: what each has of each thing, and how much it may have."""
    from fingerpost.workspaces import lines

    for line in lines(chosen.load()):
        click.echo(line)


@command(workspaces, "create")
@click.option("--name", required=True, help="Whose it is.")
@quotas.options
def workspaces_create(chosen: Chosen, name: str, **most: Any) -> None:
    """Make a workspace and print its number. It has no quota but for those that are given."""
    from fingerpost.workspaces import create

    click.echo(create(chosen.load(), name, quotas.given(most)))


@command(workspaces, "set")
@click.argument("number", type=int)
@click.option("--name", help="Whose it is.")
@quotas.options
def workspaces_set(chosen: Chosen, number: int, name: str | None, **most: Any) -> None:
    """Change the quotas of the workspace NUMBER, or its name. It holds at once; what is there already stays."""
    from fingerpost.workspaces import change

    change(chosen.load(), number, name, quotas.given(most))


@cli.group()
@config_option
def links() -> None:
    """Links from and to files."""


FORMATS = click.Choice(["csv", "jsonl"])


@command(links, "import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--format", "format_", type=FORMATS, help="Else as the file's name ends.")
def links_import(chosen: Chosen, file: str, format_: str | None) -> None:
    """Make links out of a CSV or JSON-lines FILE, as `links export` writes it; of its columns only url is needed.

    A bad row is reported with its line and the others go in; running it again is safe.
    """
    from fingerpost.transfer import import_file

    if not import_file(chosen.load(), file, _format(file, format_)):
        sys.exit(EXIT_OTHER)


@command(links, "export")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True), default="-")
@click.option("--format", "format_", type=FORMATS, help="Else as the file's name ends; csv on stdout.")
@click.option(
    "--with-passwords", is_flag=True, help="With the hashes of passwords: whoever has the file can guess at them."
)
def links_export(chosen: Chosen, file: str, format_: str | None, with_passwords: bool) -> None:
    """Write every link to FILE (- is stdout), as `links import` reads it."""
    from fingerpost.transfer import export_file

    format_ = _format(file, format_ or ("csv" if file == "-" else None))
    export_file(chosen.load(), file, format_, with_passwords=with_passwords)


@command(cli, "stats")
@click.argument("slug", required=False)
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help="How many, today included.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show_stats(chosen: Chosen, slug: str | None, days: int, as_json: bool) -> None:
    """Show the visits of the link SLUG, or of all links, as a chart."""
    from fingerpost.stats import stats

    stats(chosen.load(), slug, days, as_json=as_json)


@command(cli, "qr")
@click.argument("slug")
@click.option("--domain", help="Of the link, where that is not the server's own.")
@click.option("--output", type=click.Path(dir_okay=False), help="A file: its ending says svg, png or pdf.")
@click.option("--size", type=click.IntRange(1, 50), help="Pixels of a module in the file, 10 if not given.")
def qr_code(chosen: Chosen, slug: str, domain: str | None, output: str | None, size: int | None) -> None:
    """Show the QR code of the link SLUG in the terminal, or write it to a file."""
    from fingerpost import qr

    if output is not None:
        qr.write(chosen.load(), slug, domain, output, size or 10)
    elif size is not None:
        raise click.UsageError("--size is for a file: name one by --output")
    else:
        qr.show(chosen.load(), slug, domain)


@cli.group()
@config_option
def clicks() -> None:
    """Visits, as they were recorded."""


JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="A JSON object on each line.")


@command(clicks, "tail")
@click.option("--all", "everything", is_flag=True, help="Begin with those that are recorded already.")
@JSON_OPTION
def clicks_tail(chosen: Chosen, everything: bool, as_json: bool) -> None:
    """Show visits as they are made, until it is interrupted."""
    from fingerpost.visits import tail

    with suppress(KeyboardInterrupt):  # how it is meant to end
        tail(chosen.load(), everything=everything, as_json=as_json)


@command(clicks, "count")
@click.argument("slugs", nargs=-1)
@JSON_OPTION
def clicks_count(chosen: Chosen, slugs: tuple[str, ...], as_json: bool) -> None:
    """Count the recorded visits of each link, or of SLUGS."""
    from fingerpost.visits import count

    count(chosen.load(), slugs, as_json=as_json)


@command(clicks, "erase")
@click.argument("slug", required=False)
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), help="All that is older than this day, but for totals.")
def clicks_erase(chosen: Chosen, slug: str | None, before: datetime | None) -> None:
    """Erase what was counted of the link SLUG, or of all links before a day."""
    from fingerpost import statistics_cli

    if (slug is None) is (before is None):
        raise click.UsageError("name a slug, or a day by --before")
    if slug is not None:
        statistics_cli.erase_slug(chosen.load(), slug)
    elif before is not None:
        statistics_cli.erase_until(chosen.load(), before.date())


@command(clicks, "reclassify")
def clicks_reclassify(chosen: Chosen) -> None:
    """Tell people, tools and bots apart anew, in what is kept of single visits."""
    from fingerpost.statistics_cli import reclassify

    reclassify(chosen.load())


def _format(file: str, chosen: str | None) -> str:
    ending = Path(file).suffix.lower().removeprefix(".")
    format_ = chosen or {"ndjson": "jsonl"}.get(ending, ending)
    if format_ not in FORMATS.choices:
        raise click.UsageError(f"{file}: name the format with --format csv or --format jsonl")
    return format_


def main() -> None:
    """The entry point: errors become one line on stderr and an exit code."""
    os.umask(0o077)  # what is written holds links, keys or visits
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.Abort:
        sys.exit(EXIT_OTHER)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:  # `fingerpost links export | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_OTHER)
    except Exception as error:
        code = exit_code(error)
        if code is None:
            raise
        print(f"fingerpost: {error}", file=sys.stderr)
        sys.exit(code)


if __name__ == "__main__":
    main()
