"""The bucket that people's identity documents pass through."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

KEPT_AT_MOST = cdk.Duration.days(30)
PREFIX = "documents/"


class DocumentBucket(Construct):
    """A private, encrypted bucket over TLS alone; what is left there after 30 days is deleted."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, protected: bool) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=name,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(
                    prefix=PREFIX,
                    expiration=KEPT_AT_MOST,
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
                )
            ],
            removal_policy=cdk.RemovalPolicy.RETAIN if protected else cdk.RemovalPolicy.DESTROY,
        )
