"""The tables of the case room."""

from app.cases.models.case import Case as Case
from app.cases.models.case import CaseCategory as CaseCategory
from app.cases.models.case import CasePerson as CasePerson
from app.cases.models.case import CaseReport as CaseReport
from app.cases.models.case import CaseTag as CaseTag
from app.cases.models.case import CaseTeam as CaseTeam
from app.cases.models.entries import Attachment as Attachment
from app.cases.models.entries import CaseNote as CaseNote
from app.cases.models.entries import Entry as Entry
from app.cases.models.entries import FollowUp as FollowUp
from app.cases.models.entries import Service as Service
from app.cases.models.event import CaseEvent as CaseEvent
from app.cases.models.report import IncomingReport as IncomingReport
