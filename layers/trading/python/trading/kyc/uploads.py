"""The bucket of documents, through presigned requests."""

from typing import Any

from botocore.exceptions import ClientError

from trading.kyc.pictures import Upload
from trading.kyc.ports import Inspection, Ticket
from trading.platform.aws import signing_s3
from trading.platform.settings import settings

TICKET_SECONDS = 900
HEAD_BYTES = 16
_ABSENT = frozenset({"NoSuchKey", "404", "InvalidRange", "NotFound", "AccessDenied"})
"""What S3 says of a file that is not there; to who may not list the bucket, as nobody may, it says the last."""


class BucketUploads:
    """Files that people put into the bucket themselves."""

    def ticket(self, upload: Upload) -> Ticket:
        """Return a presigned request that takes this type and this many bytes, and nothing else."""
        headers = {"Content-Type": upload.content_type, "Content-Length": str(upload.content_length)}
        url = signing_s3().generate_presigned_url(
            "put_object",
            Params={**_place(upload.key), "ContentType": upload.content_type, "ContentLength": upload.content_length},
            ExpiresIn=TICKET_SECONDS,
        )
        return Ticket(str(url), headers, TICKET_SECONDS)

    def inspect(self, upload: Upload) -> Inspection | None:
        """Return the size and the first bytes of what was put there, or None."""
        found = _found(upload.key, Range=f"bytes=0-{HEAD_BYTES - 1}")
        if found is None:
            return None
        length = str(found.get("ContentRange", "")).rpartition("/")[2] or str(found["ContentLength"])
        return Inspection(int(length), bytes(found["Body"].read(HEAD_BYTES)))

    def read(self, upload: Upload) -> bytes | None:
        """Return the file, or None if it is gone."""
        found = _found(upload.key)
        return None if found is None else bytes(found["Body"].read())

    def delete(self, key: str) -> None:
        """Delete a file; one that is gone already is fine."""
        signing_s3().delete_object(**_place(key))


def _found(key: str, **more: str) -> Any:  # noqa: ANN401 - boto3's own answer
    try:
        return signing_s3().get_object(**_place(key), **more)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise


def _place(key: str) -> dict[str, str]:
    return {"Bucket": settings().documents_bucket, "Key": key}
