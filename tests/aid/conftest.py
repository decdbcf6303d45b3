"""What the tests of the aid share with those of the money."""

from tests.grants.conftest import call_service as call_service
from tests.grants.conftest import upload_receipt as upload_receipt
