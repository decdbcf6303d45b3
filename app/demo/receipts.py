"""When a pot is spent, and the receipts that prove it."""

from io import BytesIO

from werkzeug.datastructures import FileStorage

from app.core.actor import Actor
from app.core.files import save_upload
from app.core.stored_files import record_stored_files
from app.demo.cast import Cast
from app.grants.models import Expenditure
from app.grants.services import attach_evidence

RECEIPT = b"%PDF-1.4\n% kwitansi contoh\n%%EOF\n"
JUTA = 1_000_000


def this_year(cast: Cast, days: int) -> int:
    """So many days ago, but not before New Year: a pot is spent in its own year."""
    return min(days, cast.today.timetuple().tm_yday - 1)


def last_year(cast: Cast, days: int) -> int:
    """So many days before New Year."""
    return cast.today.timetuple().tm_yday - 1 + days


def prove(spent: Expenditure, number: str, by: Actor) -> None:
    """Attach the receipt of that number."""
    attach_evidence(spent, evidence=receipt(), evidence_number=number, evidence_on=spent.spent_on, by=by)


def receipt() -> str:
    """Upload an empty receipt."""
    return upload(RECEIPT, "kwitansi.pdf")


def upload(content: bytes, name: str) -> str:
    """Upload a file, in the transaction of the record that it is for."""
    saved = save_upload(FileStorage(BytesIO(content), filename=name))
    record_stored_files([saved])
    return saved.key
