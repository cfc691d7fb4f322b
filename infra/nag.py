"""cdk-nag's AwsSolutions rules, and a written reason for every accepted finding."""

from dataclasses import dataclass
from fnmatch import fnmatch

import aws_cdk as cdk
import cdk_nag


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """An accepted finding: the rule, the constructs it may concern (a pattern of paths), and why."""

    rule: str
    where: str
    reason: str


DOCUMENTS_EXPORT = "ExportsOutputFnGetAttdocumentsBucket3DF3F730ArnF5A260E6"
"""How stacks refer to the bucket of documents; its name is made from the construct's path."""

MODELS_EXPORT = "ExportsOutputFnGetAttmodelsBucketC6FE7676Arn8CC79C8A"
"""The same of the bucket of models."""

RESULTS_EXPORT = "ExportsOutputFnGetAttresultsBucketFEE136B1Arn67F45B17"
"""The same of the bucket of results."""

ACKNOWLEDGED = (
    Acknowledged(
        rule="AwsSolutions-IAM5[Resource::*]",
        where="*/*/Role",
        reason="X-Ray takes traces under no resource but *; a template test holds that nothing else stands beside it.",
    ),
    Acknowledged(
        rule="AwsSolutions-L1",
        where="*/*/Function",
        reason="python3.13 is the runtime that the dependency layers are compiled for; it moves with them.",
    ),
    Acknowledged(
        rule="AwsSolutions-SMG4",
        where="*-data/cursor-key-secret/Secret",
        reason="A cursor lives for minutes and a changed key turns it into a 400; it is rotated by hand on suspicion.",
    ),
    Acknowledged(
        rule="AwsSolutions-SMG4",
        where="*-data/*-secret/Secret",
        reason="The partner issues these keys on its own site, so no rotation of ours could make new ones.",
    ),
    Acknowledged(
        rule="AwsSolutions-S1",
        where="*-data/documents/Bucket",
        reason="Objects live for minutes, and each is put there by a presigned URL that leaves a record of ours.",
    ),
    Acknowledged(
        rule="AwsSolutions-S1",
        where="*-data/models/Bucket",
        reason="One function alone puts objects there, each announced by a record of ours, and none is ever changed.",
    ),
    Acknowledged(
        rule="AwsSolutions-APIG4",
        where="*-banking/receive_plaid_webhook/*",
        reason="Plaid has no token of ours; the function verifies its signature over the raw body.",
    ),
    Acknowledged(
        rule="AwsSolutions-APIG4",
        where="*-billing/receive_stripe_webhook/*",
        reason="Stripe has no token of ours; the function verifies its signature over the raw body.",
    ),
    *(
        Acknowledged(
            rule=f"AwsSolutions-IAM5[Resource::tiller-{stage}-data:{DOCUMENTS_EXPORT}/documents/*]",
            where="*/*/Role",
            reason="Each document has a random key; one action on this prefix is all that its function gets.",
        )
        for stage in ("local", "dev", "prod")
    ),
    *(
        Acknowledged(
            rule=f"AwsSolutions-IAM5[Resource::tiller-{stage}-data:{MODELS_EXPORT}/models/*]",
            where="*/*/Role",
            reason="Each model is an object of its own; the trainer may put there, who makes signals may read.",
        )
        for stage in ("local", "dev", "prod")
    ),
    *(
        Acknowledged(
            rule=f"AwsSolutions-IAM5[Resource::tiller-{stage}-data:{RESULTS_EXPORT}/backtests/*]",
            where="*/*/Role",
            reason="Each attempt has a place of its own; the worker may put there, routes may show and take away.",
        )
        for stage in ("local", "dev", "prod")
    ),
    Acknowledged(
        rule="AwsSolutions-S1",
        where="*-data/results/Bucket",
        reason="Documents of back-tests live for thirty days, hold no person's data, and are read by presigned URLs.",
    ),
    Acknowledged(
        rule="AwsSolutions-SQS3",
        where="*-data/failed-runs",
        reason="It is itself where failures end: schedules and functions send to it, no queue's redrive does.",
    ),
    Acknowledged(
        rule="AwsSolutions-SQS3",
        where="*-data/broker-events-parked",
        reason="The broker's queue redrives nothing to us: our function itself parks here what it cannot work off.",
    ),
    Acknowledged(
        rule="AwsSolutions-APIG4",
        where="*-documentation/*",
        reason="The documentation is public; a template test holds every other route to the authorizer.",
    ),
    Acknowledged(
        rule="AwsSolutions-CFR1",
        where="*-api/Distribution",
        reason="Who may trade is decided by the KYC of a person, not by where a request comes from.",
    ),
    Acknowledged(
        rule="AwsSolutions-CFR3",
        where="*-api/Distribution",
        reason="Nothing is cached, so the API's own access log holds every request.",
    ),
    Acknowledged(
        rule="AwsSolutions-CFR4",
        where="*-api/Distribution",
        reason="The default certificate comes with no choice of protocols; one comes with a domain name of one's own.",
    ),
)


def add_nag(app: cdk.App) -> None:
    """Have the app's synthesis fail on every finding of AwsSolutions that is not acknowledged."""
    for construct in app.node.find_all():
        path = construct.node.path
        for finding in ACKNOWLEDGED:
            if fnmatch(path, finding.where):
                acknowledgment = cdk.Acknowledgment(id=f"AwsSolutions::{finding.rule}", reason=finding.reason)
                cdk.Validations.of(construct).acknowledge(acknowledgment)
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
