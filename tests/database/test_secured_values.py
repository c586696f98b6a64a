import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from database.secured_values import NO_KEY, NoEncryptionKey, SecuredValues, UnreadableValue


def a_key() -> SecretStr:
    return SecretStr(Fernet.generate_key().decode())


def test_what_is_sealed_can_be_opened_with_the_same_key_only() -> None:
    key = a_key()
    sealed = SecuredValues(key).seal("pässword")
    assert "pässword" not in sealed
    assert SecuredValues(key).open(sealed) == "pässword"
    with pytest.raises(UnreadableValue, match="INVOICES_ENCRYPTION_KEY"):
        SecuredValues(a_key()).open(sealed)


def test_a_tampered_value_is_not_opened() -> None:
    secured = SecuredValues(a_key())
    with pytest.raises(UnreadableValue):
        secured.open(secured.seal("x")[:-4] + "AAA=")


def test_without_a_key_nothing_is_sealed_or_opened() -> None:
    with pytest.raises(NoEncryptionKey, match="INVOICES_ENCRYPTION_KEY"):
        NO_KEY.seal("x")
    with pytest.raises(NoEncryptionKey):
        NO_KEY.open("x")


def test_a_key_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="32"):
        SecuredValues(SecretStr("short"))
