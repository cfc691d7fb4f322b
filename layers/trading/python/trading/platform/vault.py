"""Secrets at rest: what lies in a table in no readable form, and only certain functions can open.

KMS encrypts each value under a named key, bound to what it belongs to: a ciphertext copied to
another person's row cannot be opened there. Values are short (up to 4 KB): tax ids and tokens.
"""

from dataclasses import dataclass

from trading.platform.aws import client
from trading.platform.settings import settings


@dataclass(frozen=True)
class Vault:
    """Encrypts and decrypts under one of our keys, by the name that the catalogue gives it."""

    key: str

    def seal(self, text: str, *, owner: str, purpose: str) -> bytes:
        """Return a text's ciphertext, bound to its owner and purpose."""
        answer = client("kms").encrypt(
            KeyId=settings().key(self.key),
            Plaintext=text.encode(),
            EncryptionContext={"owner": owner, "purpose": purpose},
        )
        return bytes(answer["CiphertextBlob"])

    def open(self, ciphertext: bytes, *, owner: str, purpose: str) -> str:
        """Return the text that was sealed for this owner and purpose.

        Raises:
            botocore.exceptions.ClientError: if it was sealed for another, or the key may not be used.
        """
        answer = client("kms").decrypt(
            KeyId=settings().key(self.key),
            CiphertextBlob=ciphertext,
            EncryptionContext={"owner": owner, "purpose": purpose},
        )
        plaintext: bytes = answer["Plaintext"]
        return plaintext.decode()


TAX_IDS = Vault("tax-ids")
TOKENS = Vault("tokens")
