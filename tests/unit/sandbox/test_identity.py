"""The local issuer's tokens, judged as an authorizer judges them."""

from pathlib import Path

import jwt
import pytest

from sandbox.identity import Issuer

URL = "http://127.0.0.1:8080/sandbox/oidc"


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer.in_folder(tmp_path, url=URL, audience="tiller-local")


def judged(issuer: Issuer, token: str) -> dict[str, object]:
    key = jwt.PyJWK(dict(issuer.key_set()["keys"][0])).key
    claims: dict[str, object] = jwt.decode(token, key, algorithms=["RS256"], audience="tiller-local", issuer=URL)
    return claims


def test_a_token_is_good_by_the_published_keys(issuer: Issuer) -> None:
    claims = judged(issuer, issuer.token("ada", {"role": "operator"}, 60))

    assert (claims["sub"], claims["role"]) == ("ada", "operator")
    assert claims["auth_time"] == claims["iat"]


def test_a_token_may_be_expired_from_the_start(issuer: Issuer) -> None:
    with pytest.raises(jwt.ExpiredSignatureError):
        judged(issuer, issuer.token("ada", {}, -1))


def test_claims_override_what_a_token_says_by_default(issuer: Issuer) -> None:
    with pytest.raises(jwt.InvalidAudienceError):
        judged(issuer, issuer.token("ada", {"aud": "another"}, 60))


def test_the_key_is_kept_and_for_its_owner_alone(tmp_path: Path, issuer: Issuer) -> None:
    again = Issuer.in_folder(tmp_path, url=URL, audience="tiller-local")

    assert again.key_set() == issuer.key_set()
    assert (tmp_path / "issuer.pem").stat().st_mode & 0o077 == 0
