"""Policy of aid."""

from app.aid.models import Aid
from app.cases.policy import CasePartPolicy


class AidPolicy(CasePartPolicy[Aid]):
    """Aid is seen like its case."""

    model = Aid
