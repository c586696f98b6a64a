"""Tokens for the tests of the shop's clients."""

from dataclasses import dataclass

from pydantic import SecretStr

from integrations.commerce_token import CommerceTokens

NO_TOKENS = CommerceTokens(None, {}, timeout_seconds=1)


@dataclass(frozen=True)
class Client:
    client_id: str
    client_secret: SecretStr


def tokens_for_acme(token_url: str) -> CommerceTokens:
    return CommerceTokens(token_url, {"acme": Client("acme-client", SecretStr("s3cret"))}, timeout_seconds=5)
