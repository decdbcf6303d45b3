"""Pages of the money."""

from app.grants.views.expenditures import ExpenditureView as ExpenditureView
from app.grants.views.money import CommitmentView as CommitmentView
from app.grants.views.money import DisbursementView as DisbursementView
from app.grants.views.pots import FundingSourceView as FundingSourceView
from app.grants.views.pots import GrantView as GrantView
from app.grants.views.things import AssetView as AssetView
from app.grants.views.things import PublishedFigureView as PublishedFigureView
