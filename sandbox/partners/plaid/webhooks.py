"""Webhooks: signed as Plaid signs them, with a key that is kept in the sandbox's folder."""

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

KEY_ID = "sandbox-webhooks-1"


@dataclass(frozen=True)
class WebhookSigner:
    """Signs webhooks as Plaid does."""

    key: ec.EllipticCurvePrivateKey

    @classmethod
    def in_folder(cls, folder: Path) -> "WebhookSigner":
        """Return the signer of a folder; a new one makes its key."""
        file = folder / "webhooks.pem"
        if not file.exists():
            made = ec.generate_private_key(ec.SECP256R1())
            file.write_bytes(
                made.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
            file.chmod(0o600)
        key = serialization.load_pem_private_key(file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{file} holds no key of an elliptic curve")
        return cls(key)

    def header(self, body: bytes) -> str:
        """Return the header that vouches for a body."""
        claims = {"iat": int(time.time()), "request_body_sha256": hashlib.sha256(body).hexdigest()}
        return jwt.encode(claims, self.key, algorithm="ES256", headers={"kid": KEY_ID})

    def public_key(self) -> dict[str, Any]:
        """Return the public key as Plaid shows it."""
        key: dict[str, Any] = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return {**key, "alg": "ES256", "kid": KEY_ID, "use": "sig", "created_at": 0, "expired_at": None}
