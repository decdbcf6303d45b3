"""What the tests of the aid share with those of the money."""

from tests.grants.conftest import do as do
from tests.grants.conftest import receipt as receipt
