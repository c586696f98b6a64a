"""What the tests of the integrations share."""

import pytest

from tests.integrations.certificates import TestTls, make_tls


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> TestTls:
    return make_tls(tmp_path_factory.mktemp("tls"))
