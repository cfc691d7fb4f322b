"""The secrets of a stage in Secrets Manager: which fields are missing, and how they are put in and rotated.

A write takes what is there and puts the whole secret back, so two people who fill the same secret at once may undo
each other; AWS keeps the version before (`AWSPREVIOUS`).
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import ClientError

from infra.catalogue.secrets import SECRETS, Secret, SecretField

RANDOM_BYTES = 32


class NotRetired(Exception):
    """A field is being rotated already: one more value would take the place of one that may be in use."""


class NoSuchSecret(Exception):
    """The stage has no such secret, or the secret no such field: it is not deployed, or misspelt."""


class SecretsManager(Protocol):
    """What is used of the AWS client."""

    def get_secret_value(self, *, SecretId: str) -> Mapping[str, object]:  # noqa: N803 - AWS's own name
        """Return the current version of a secret."""
        ...

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> object:  # noqa: N803 - AWS's own names
        """Store a new current version of a secret."""
        ...

    def describe_secret(self, *, SecretId: str) -> object:  # noqa: N803 - AWS's own name
        """Return what is known of a secret but its value."""
        ...


@dataclass(frozen=True)
class StageSecrets:
    """The secrets of the stage whose resources' names begin with a prefix."""

    manager: SecretsManager
    prefix: str

    def missing(self) -> list[tuple[Secret, SecretField]]:
        """Return every field that has no value."""
        found = ((secret, self._fields(secret)) for secret in SECRETS)
        return [(secret, field) for secret, values in found for field in secret.fields if not values.get(field.name)]

    def put(self, secret: Secret, values: Mapping[str, str]) -> None:
        """Put values of fields in, and leave the others as they are.

        Raises:
            NoSuchSecret: if the secret has no such field.
        """
        unknown = set(values) - {field.name for field in secret.fields}
        if unknown:
            raise NoSuchSecret(f"{secret.name} has no field {', '.join(sorted(unknown))}")
        self._write(secret, {**self._fields(secret), **values})

    def make_ours(self) -> list[str]:
        """Make what is random and missing; return the names of the secrets that were made."""
        made = [(secret, field) for secret, field in self.missing() if field.ours]
        for secret, field in made:
            self.put(secret, {field.name: new_value()})
        return [secret.name for secret, _ in made]

    def rotate(self, secret: Secret, field: SecretField, value: str) -> None:
        """Put a field's next value in; where values overlap, the one before is taken until it is retired.

        A repeated call with the same value changes nothing, so that one that was cut off can be made again.

        Raises:
            NotRetired: if the value before the last one is still taken.
        """
        fields = dict(self._fields(secret))
        before = fields.get(field.name)
        if before == value:
            return
        if field.previous in fields:
            raise NotRetired(f"retire {secret.name}.{field.name} first: the value before it may still be in use")
        if field.overlaps and before:
            fields[field.previous] = before
        self._write(secret, {**fields, field.name: value})

    def retire(self, secret: Secret, field: SecretField) -> bool:
        """Have a rotated field's value before be taken no more; return False if there was none."""
        fields = dict(self._fields(secret))
        if fields.pop(field.previous, None) is None:
            return False
        self._write(secret, fields)
        return True

    def _fields(self, secret: Secret) -> Mapping[str, str]:
        """Return what a secret holds; one that was never filled, or holds no fields, holds nothing."""
        try:
            text = self.manager.get_secret_value(SecretId=self._name(secret)).get("SecretString")
            fields = json.loads(str(text)) if text else {}
        except ValueError:
            return {}
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            self._make_sure_of(secret)
            return {}
        return fields if isinstance(fields, dict) else {}

    def _make_sure_of(self, secret: Secret) -> None:
        """Tell a secret without a value, which AWS does not find either, from one that is not there."""
        try:
            self.manager.describe_secret(SecretId=self._name(secret))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                raise NoSuchSecret(f"there is no secret {self._name(secret)}: is the stage deployed?") from None
            raise

    def _write(self, secret: Secret, fields: Mapping[str, str]) -> None:
        self.manager.put_secret_value(SecretId=self._name(secret), SecretString=json.dumps(fields))

    def _name(self, secret: Secret) -> str:
        return f"{self.prefix}-{secret.name}"


def new_value() -> str:
    """Return a random value of our own making, fit for a header."""
    return secrets.token_urlsafe(RANDOM_BYTES)
