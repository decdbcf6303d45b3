"""Fixtures shared with the tests of money."""

from tests.grants.conftest import call_service as call_service
from tests.grants.conftest import upload_receipt as upload_receipt
