"""Buckets that nobody but our functions reads."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

KEPT_FOR = cdk.Duration.days(30)
DOCUMENTS_PREFIX, MODELS_PREFIX, RESULTS_PREFIX = "documents/", "models/", "backtests/"


class PrivateBucket(Construct):
    """A private, encrypted bucket over TLS alone. With `versioned` what was overwritten can be had again."""

    def __init__(  # noqa: PLR0913 - the inputs of a construct
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        protected: bool,
        versioned: bool = False,
        lifecycle: s3.LifecycleRule | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=name,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=versioned or None,
            lifecycle_rules=[lifecycle] if lifecycle else None,
            removal_policy=cdk.RemovalPolicy.RETAIN if protected else cdk.RemovalPolicy.DESTROY,
        )


def lifecycle_of(prefix: str) -> s3.LifecycleRule:
    """Return the rule by which what lies under a prefix is gone after 30 days, whatever became of it."""
    return s3.LifecycleRule(
        prefix=prefix,
        expiration=KEPT_FOR,
        abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
    )
