"""What may be done with reports, cases and their entries; every verb on a case writes one event."""

from app.cases.services.cases import add_person as add_person
from app.cases.services.cases import assign_worker as assign_worker
from app.cases.services.cases import change_person as change_person
from app.cases.services.cases import join_team as join_team
from app.cases.services.cases import lower_confidentiality as lower_confidentiality
from app.cases.services.cases import raise_confidentiality as raise_confidentiality
from app.cases.services.cases import take_case as take_case
from app.cases.services.cases import update_case as update_case
from app.cases.services.entries import add_note as add_note
from app.cases.services.entries import attach_file as attach_file
from app.cases.services.entries import cancel_follow_up as cancel_follow_up
from app.cases.services.entries import finish_follow_up as finish_follow_up
from app.cases.services.entries import give_service as give_service
from app.cases.services.entries import set_follow_up as set_follow_up
from app.cases.services.events import as_link as as_link
from app.cases.services.events import record as record
from app.cases.services.opening import open_case as open_case
from app.cases.services.reports import dismiss_report as dismiss_report
from app.cases.services.reports import receive_report as receive_report
from app.cases.services.reports import take_up_report as take_up_report
from app.cases.services.reports import update_report as update_report
from app.cases.standing import Standing as Standing
from app.cases.standing import closing_checks as closing_checks
from app.cases.standing import standing_open as standing_open
