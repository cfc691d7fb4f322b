"""What is secret in the templates: encryption keys, the bucket of documents, what partners know us by."""

from typing import Any

from infra.catalogue import FUNCTIONS
from infra.catalogue.secrets import SECRETS
from infra.stacks.data import KEYS
from infra.stages import stage_from
from tests.infra.templates import FILLED_IN, Templates, as_list, templates

THIRTY_DAYS = 30


def test_keys_rotate_and_outlive_their_stack(every_stage: Templates) -> None:
    keys = list(every_stage.resources("AWS::KMS::Key"))

    assert {key["Properties"]["Description"] for key in keys} == set(KEYS.values())
    assert all(key["Properties"]["EnableKeyRotation"] for key in keys)
    assert {(key["DeletionPolicy"], key["UpdateReplacePolicy"]) for key in keys} == {("Retain", "Retain")}


def test_keys_go_by_their_names(every_stage: Templates) -> None:
    for name, about in KEYS.items():
        alias = every_stage.named("AWS::KMS::Alias", "AliasName", f"alias/tiller-{every_stage.stage}-{name}")

        assert every_stage.meant(alias["TargetKeyId"])["Description"] == about


def test_a_keys_own_policy_leaves_who_may_use_it_to_the_roles(every_stage: Templates) -> None:
    for key in every_stage.properties("AWS::KMS::Key"):
        (statement,) = key["KeyPolicy"]["Statement"]

        assert str(statement["Principal"]["AWS"]).count(":root") == 1


def test_documents_are_private_encrypted_and_soon_gone(every_stage: Templates) -> None:
    bucket = _bucket(every_stage, "documents")
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert (rule["Prefix"], rule["ExpirationInDays"], rule["Status"]) == ("documents/", THIRTY_DAYS, "Enabled")
    assert "VersioningConfiguration" not in bucket, "a version of a deleted document would stay"


def test_models_are_private_encrypted_and_kept(every_stage: Templates) -> None:
    bucket = _bucket(every_stage, "models")
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert "LifecycleConfiguration" not in bucket


def test_buckets_are_refused_over_plain_http_and_allowed_to_no_principal(every_stage: Templates) -> None:
    policies = every_stage.properties("AWS::S3::BucketPolicy")
    statements = [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]

    assert len(policies) == len(every_stage.properties("AWS::S3::Bucket")) == 3
    assert {statement["Effect"] for statement in statements} == {"Deny"}
    assert all(statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for statement in statements)


def test_buckets_outlive_a_deployed_stack(deployed: Templates) -> None:
    for bucket in deployed.resources("AWS::S3::Bucket"):
        assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_no_template_writes_into_a_secret_or_takes_one_away(every_stage: Templates) -> None:
    secrets = list(every_stage.resources("AWS::SecretsManager::Secret"))
    names = {resource["Properties"]["Name"] for resource in secrets}

    assert names == {f"tiller-{every_stage.stage}-{secret.name}" for secret in SECRETS}
    for resource in secrets:
        assert {"GenerateSecretString", "SecretString"} & set(resource["Properties"]) == set()
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_partners_have_the_secrets_of_their_names() -> None:
    partners = {partner for row in FUNCTIONS for partner in row.partners}

    assert {secret.name for secret in SECRETS if secret.partner} == partners


def test_each_function_reads_the_secrets_of_its_partners_alone(every_stage: Templates) -> None:
    for function in every_stage.properties("AWS::Lambda::Function"):
        variables = function["Environment"]["Variables"]
        named = {value for name, value in variables.items() if name.endswith("_SECRET")}

        assert _readable_secrets(every_stage, function) == named


def test_a_clock_can_be_read_where_time_is_virtual_alone(deployed: Templates, local: Templates) -> None:
    assert not any("ssm:" in str(policy) for policy in deployed.properties("AWS::IAM::Policy"))
    assert any("ssm:GetParameter" in str(policy) for policy in local.properties("AWS::IAM::Policy"))


def test_partners_are_where_the_stage_says() -> None:
    for stage in ("local", "dev", "prod"):
        expected = stage_from({"stage": stage}, FILLED_IN)
        environments = [
            resource["Environment"]["Variables"] for resource in templates(stage).properties("AWS::Lambda::Function")
        ]

        assert _values(environments, "DRIVEWEALTH_URL") == {expected.settings.drivewealth_url}
        assert _values(environments, "PLAID_URL") == {expected.settings.plaid_url}
        assert _values(environments, "REDIRECT_HOSTS") == {",".join(expected.settings.redirect_hosts)}
        assert _values(environments, "LINKED_DAYS") == {str(expected.settings.linked_days)}


def _bucket(stage: Templates, name: str) -> Any:
    (found,) = (row for row in stage.properties("AWS::S3::Bucket") if f"-{name}-" in str(row["BucketName"]))
    return found


def _values(environments: list[dict[str, Any]], name: str) -> set[Any]:
    return {environment[name] for environment in environments if name in environment}


def _readable_secrets(stage: Templates, function: Any) -> set[str]:
    return {
        stage.meant(resource)["Name"]
        for statement in stage.statements(function)
        if "secretsmanager:GetSecretValue" in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }
