"""Configurations marked `secured` are encrypted in the database with the installation's Fernet key."""

from cryptography.fernet import Fernet, InvalidToken
from pydantic import SecretStr


class NoEncryptionKey(Exception):
    """A value is to be secured, or was, and the installation has no key."""

    def __init__(self) -> None:
        super().__init__("secured configurations need the setting INVOICES_ENCRYPTION_KEY, which is not set")


class UnreadableValue(Exception):
    """A secured value was encrypted with another key."""

    def __init__(self) -> None:
        super().__init__("the value was secured with another INVOICES_ENCRYPTION_KEY than the one that is set")


class SecuredValues:
    """Seals and opens text. Without a key it refuses both."""

    def __init__(self, key: SecretStr | None) -> None:
        """Take the key as in the settings.

        Raises:
            ValueError: it is no Fernet key (32 bytes in URL-safe base64).
        """
        self._fernet = Fernet(key.get_secret_value()) if key else None

    def seal(self, text: str) -> str:
        """The text as it may be stored.

        Raises:
            NoEncryptionKey: there is no key.
        """
        return self._cipher().encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text that was sealed.

        Raises:
            NoEncryptionKey: there is no key.
            UnreadableValue: it was sealed with another key, or tampered with.
        """
        try:
            return self._cipher().decrypt(sealed).decode()
        except InvalidToken:
            raise UnreadableValue from None

    def _cipher(self) -> Fernet:
        if self._fernet is None:
            raise NoEncryptionKey
        return self._fernet


NO_KEY = SecuredValues(None)
"""For who reads no secured values: one met all the same is refused."""
