"""The bucket of trained models."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

MODELS_PREFIX = "models/"


class ModelBucket(Construct):
    """A private, encrypted bucket over TLS alone. Nothing in it goes: what was recommended can be computed again."""

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
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN if protected else cdk.RemovalPolicy.DESTROY,
        )
