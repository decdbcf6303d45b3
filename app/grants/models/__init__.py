"""Grants, who gave them, what they brought, and every amount from the ceiling to the evidence."""

from app.grants.models.entry import MoneyEntry as MoneyEntry
from app.grants.models.money import Commitment as Commitment
from app.grants.models.money import Disbursement as Disbursement
from app.grants.models.money import Expenditure as Expenditure
from app.grants.models.pots import Asset as Asset
from app.grants.models.pots import FundingSource as FundingSource
from app.grants.models.pots import Grant as Grant
from app.grants.models.pots import GrantPurpose as GrantPurpose
from app.grants.models.pots import PublishedFigure as PublishedFigure
