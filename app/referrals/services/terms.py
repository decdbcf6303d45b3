"""Loading of the seed terms: response times and reasons to decline."""

from app.cases.enums import Urgency
from app.core.actor import Actor
from app.partners.enums import PartnerKind
from app.reference import seed
from app.reference.services import load_rows
from app.referrals.enums import DeclinedBy, Step
from app.referrals.models.terms import DeclineReason, ResponseTime


def load_terms(*, by: Actor) -> None:
    """Load the seed rows. It can be repeated: edited rows stay, all others are updated to the seed."""
    load_rows(ResponseTime, map(_parse_response_time, seed.read_rows("response_times")), by=by)
    load_rows(DeclineReason, map(_parse_decline_reason, seed.read_rows("decline_reasons")), by=by)


def _parse_response_time(row: seed.Row) -> dict[str, object]:
    kind, urgency = row["partner_kind"], row["urgency"]
    return {
        **row,
        "step": Step[str(row["step"])],
        "partner_kind": PartnerKind[kind] if kind else None,
        "urgency": Urgency[urgency] if urgency else None,
        **{name: int(number) if (number := row[name]) else None for name in ("hours", "working_days")},
    }


def _parse_decline_reason(row: seed.Row) -> dict[str, object]:
    declined_by = row["declined_by"]
    return {
        **row,
        "declined_by": DeclinedBy[declined_by] if declined_by else None,
        "may_refer_again": row["may_refer_again"] == "1",
    }
