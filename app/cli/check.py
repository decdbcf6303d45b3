"""The command `siaga check`."""

from collections.abc import Sequence

import click

from app.audit.services import heads
from app.audit.services.heads import BookHead
from app.cli.portal import open_portal
from app.core.errors import StartupError
from app.operations import book_checks, setup
from app.operations import check as checking
from app.operations.checks import CHECKS


@click.command()
@click.option("--head", "printed", multiple=True, help="A head from the office's safe, as check printed it.")
@click.pass_obj
def check(demo: bool, printed: tuple[str, ...]) -> None:
    """Look whether everything in the database and on the disk is as it should be."""
    printed_heads = [_parse_head_argument(line) for line in printed]
    with open_portal(demo=demo):
        if setup.get_revision() is None:
            raise StartupError("The database has not been set up: run siaga init.")
        if report_faults(printed_heads):
            raise click.exceptions.Exit(1)


def _parse_head_argument(line: str) -> BookHead:
    head = heads.parse_head(line.rpartition("head: ")[2])
    if head is None:
        raise StartupError(f"{line!r} is no head; it must look like TIME NUMBER HASH.")
    return head


def report_faults(printed_heads: Sequence[BookHead] = ()) -> int:
    """Print all findings and the head of the audit book; return the number of faults."""
    fault_count = 0
    selected_checks = [
        book_checks.build_books_check(printed_heads) if item.name == book_checks.CHECK_NAME else item
        for item in CHECKS
    ]
    for finished_check, findings in checking.run_checks(selected_checks):
        faults = [item for item in findings if not isinstance(item, checking.Note)]
        click.echo(f"{finished_check.name}: {'ok' if not faults else f'{len(faults)} faults'}")
        for finding in findings:
            click.echo(f"  {'note: ' if isinstance(finding, checking.Note) else ''}{finding}")
        fault_count += len(faults)
    _book, head = heads.save_head()
    if head is not None:
        click.echo(f"audit book head: {head}")
    return fault_count
