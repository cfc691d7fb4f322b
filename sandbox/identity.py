"""A local OpenID issuer, so that the API's own JWT authorizer decides who is let in."""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_ID = "sandbox"
KEY_BITS = 2048
DEFAULT_LIFE_SECONDS = 86_400


@dataclass(frozen=True)
class Issuer:
    """Signs tokens with a key that it keeps in the sandbox's folder."""

    url: str
    audience: str
    key: rsa.RSAPrivateKey

    @classmethod
    def in_folder(cls, folder: Path, *, url: str, audience: str) -> "Issuer":
        """Return the issuer of a folder, making its key at the first start."""
        file = folder / "issuer.pem"
        if not file.exists():
            new = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
            encoded = new.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            file.touch(mode=0o600)
            file.write_bytes(encoded)
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("issuer.pem holds no RSA key")
        return cls(url, audience, key)

    def token(self, uid: str, claims: Mapping[str, Any], expires_in: int) -> str:
        """Return a signed token for a person; claims may override what it says by default."""
        now = int(time.time())
        standard = {
            "iss": self.url,
            "aud": self.audience,
            "sub": uid,
            "user_id": uid,
            "iat": min(now, now + expires_in),
            "auth_time": now,
            "exp": now + expires_in,
        }
        return jwt.encode({**standard, **claims}, self.key, algorithm="RS256", headers={"kid": KEY_ID})

    def discovery(self) -> Mapping[str, str]:
        """Return the OpenID configuration."""
        return {"issuer": self.url, "jwks_uri": f"{self.url}/jwks.json"}

    def key_set(self) -> Mapping[str, list[Mapping[str, str]]]:
        """Return the public key as a JSON Web Key Set."""
        numbers = self.key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID}
        return {"keys": [{**key, "n": _base64(numbers.n), "e": _base64(numbers.e)}]}


def _base64(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
