"""The bucket of artefacts."""

from botocore.exceptions import ClientError

from trading.platform.aws import client
from trading.platform.settings import settings

_ABSENT = frozenset({"NoSuchKey", "404", "NotFound", "AccessDenied"})
"""What S3 says of an artefact that is not there; to who may not list the bucket, as nobody may, it says the last."""


class BucketArtefacts:
    """The bytes of artefacts, by their keys."""

    def put(self, key: str, content: bytes) -> None:
        """Keep an artefact; the same once more changes nothing."""
        client("s3").put_object(Bucket=settings().models_bucket, Key=key, Body=content, ContentType="application/gzip")

    def read(self, key: str) -> bytes | None:
        """Return an artefact's bytes, or None if there are none."""
        try:
            found = client("s3").get_object(Bucket=settings().models_bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise
        return bytes(found["Body"].read())
