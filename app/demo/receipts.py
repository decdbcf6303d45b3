"""Demo helpers: days within a grant's fiscal year, and uploads of receipts and files."""

from io import BytesIO

from werkzeug.datastructures import FileStorage

from app.core.actor import Actor
from app.core.files import save_upload
from app.db.stored_files import record_stored_files
from app.demo.cast import DemoContext
from app.grants.models.money import Expenditure
from app.grants.services.spending import attach_evidence

RECEIPT_PDF = b"%PDF-1.4\n% kwitansi contoh\n%%EOF\n"
MILLION_RUPIAH = 1_000_000


def get_days_ago_this_year(context: DemoContext, days: int) -> int:
    """Limit the number of days so that the date is in this year: a grant is spent in its own year."""
    return min(days, context.today.timetuple().tm_yday - 1)


def get_days_ago_last_year(context: DemoContext, days: int) -> int:
    """Return the days from today back to the day `days` before New Year."""
    return context.today.timetuple().tm_yday - 1 + days


def attach_receipt(expenditure: Expenditure, number: str, by: Actor) -> None:
    """Attach a sample receipt with that number, of the day of spending."""
    attach_evidence(
        expenditure,
        evidence=upload_receipt(),
        evidence_number=number,
        evidence_on=expenditure.spent_on,
        by=by,
    )


def upload_receipt() -> str:
    """Store a sample receipt and return its key."""
    return upload_file(RECEIPT_PDF, "kwitansi.pdf")


def upload_file(content: bytes, name: str) -> str:
    """Store a file and return its key; call it in the transaction of the record that gets the file."""
    stored_file = save_upload(FileStorage(BytesIO(content), filename=name))
    record_stored_files([stored_file])
    return stored_file.key
