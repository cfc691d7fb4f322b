"""Deploys the synthesized assembly: the very template, without the CDK's command line.

Assets go to the bootstrap bucket under their hashes, stacks are created or updated in the order of
their dependencies. An assembly that is deployed already is left alone. Sandboxes may share what was
synthesized, since nothing but the front's address differs from one to the other.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.catalogue import ROOT
from sandbox.emulator import ACCOUNT, REGION
from trading.platform.aws import client

BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
DEPLOYED_PARAMETER = "/tiller/local/deployed"
STAMP = "sources.sha256"
ASSEMBLIES = "SANDBOX_ASSEMBLIES"
"""The variable that names a folder in which sandboxes of the same sources share what was synthesized."""
SETTINGS = ("SIGNAL_GATE", "SIGNAL_STRATEGY")
"""The variables by which a sandbox is started with other settings than its stage's own."""
ANY_FRONT = "http://127.0.0.1:65535"
SOURCES = ("app.py", "cdk.json", "functions", "infra", "layers/trading")
WAITING = {"Delay": 0.1, "MaxAttempts": 1200}
"""How a stack is waited for: asked often, since the emulator makes most within a second."""
NO_SOURCES = frozenset({"__pycache__", "sandbox"})


def synthesize(folder: Path, front_url: str) -> Path:
    """Synthesize stage `local` into a folder, unless it holds the assembly of these very sources.

    Raises:
        RuntimeError: if the app fails; the message has what it said.
    """
    wanted = digest_of_sources(front_url)
    stamp = folder / STAMP
    if not (stamp.exists() and stamp.read_text() == wanted):
        stamp.unlink(missing_ok=True)
        shared = os.environ.get(ASSEMBLIES)
        if shared and front_url != ANY_FRONT:
            _take_over(_synthesize_shared(Path(shared)), folder, front_url)
        else:
            _run_app(folder, front_url)
        stamp.write_text(wanted)
    return folder


def _run_app(folder: Path, front_url: str) -> None:
    context = json.dumps({"stage": "local", "sandbox_url": front_url, **_wanted_settings(front_url)})
    environment = {**os.environ, "CDK_CONTEXT_JSON": context, "CDK_OUTDIR": str(folder)}
    app = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, check=False, capture_output=True, text=True
    )
    if app.returncode != 0:
        raise RuntimeError(f"the template cannot be synthesized:\n{app.stderr}")


def _wanted_settings(front_url: str) -> dict[str, str]:
    """Return the settings of the stage that the environment wants otherwise; what all share has its stage's own."""
    wanted = {name.lower(): os.environ[name] for name in SETTINGS if name in os.environ}
    return {} if front_url == ANY_FRONT else wanted


def _synthesize_shared(folder: Path) -> Path:
    """Return the assembly that all sandboxes of these sources share, synthesized by the first one."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        return synthesize(folder / "assembly", ANY_FRONT)


def _take_over(shared: Path, folder: Path, front_url: str) -> None:
    """Fill a folder with another assembly; where the front answers, and some settings, are all that differs."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(shared, folder, copy_function=os.link, ignore=shutil.ignore_patterns(STAMP))
    for template in folder.glob("*.template.json"):
        text = template.read_text().replace(ANY_FRONT, front_url)
        for name, value in _wanted_settings(front_url).items():
            text = re.sub(f'("{name.upper()}": )"[a-z]+"', rf'\1"{value}"', text)
        template.unlink()
        template.write_text(text)


def deploy(assembly: Path) -> bool:
    """Deploy an assembly; return False if it was deployed already.

    Raises:
        RuntimeError: if a stack does not come up; the message has CloudFormation's reason.
    """
    digest = (assembly / STAMP).read_text()
    if _deployed() == digest:
        return False
    _bootstrap()
    manifest = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    for name in in_order(manifest):
        _publish(assembly, manifest[f"{name}.assets"]["properties"]["file"])
        _apply(name, assembly / manifest[name]["properties"]["templateFile"])
    client("ssm").put_parameter(Name=DEPLOYED_PARAMETER, Value=digest, Type="String", Overwrite=True)
    return True


def output(stack: str, key: str) -> str:
    """Return an output of a deployed stack, by the beginning of its name."""
    outputs = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    return str(next(found["OutputValue"] for found in outputs if found["OutputKey"].startswith(key)))


def _source_files() -> Iterator[Path]:
    for source in SOURCES:
        place = ROOT / source
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        yield from (file for file in files if file.is_file() and not NO_SOURCES & set(file.relative_to(ROOT).parts))


def digest_of_sources(front_url: str) -> str:
    """Return what an assembly depends on: the sources, the interpreter, settings, and where the front answers."""
    settings = json.dumps(_wanted_settings(front_url), sort_keys=True)
    digest = hashlib.sha256("\n".join((sys.version, front_url, settings)).encode())
    for file in _source_files():
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _deployed() -> str | None:
    try:
        return str(client("ssm").get_parameter(Name=DEPLOYED_PARAMETER)["Parameter"]["Value"])
    except ClientError:
        return None


def _bootstrap() -> None:
    try:
        client("s3").create_bucket(Bucket=BUCKET)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
            raise
    client("ssm").put_parameter(Name=BOOTSTRAP_PARAMETER, Value="30", Type="String", Overwrite=True)


def in_order(manifest: Mapping[str, Any]) -> list[str]:
    """Return an assembly's stacks, each after those that it depends on."""
    stacks = {name for name, artifact in manifest.items() if artifact["type"] == "aws:cloudformation:stack"}
    ordered: list[str] = []
    while len(ordered) < len(stacks):
        ready = sorted(
            name
            for name in stacks - set(ordered)
            if set(manifest[name].get("dependencies", ())) & stacks <= set(ordered)
        )
        ordered += ready
    return ordered


def _publish(assembly: Path, manifest: str) -> None:
    store = client("s3")
    present = {content["Key"] for content in store.list_objects_v2(Bucket=BUCKET).get("Contents", ())}
    for asset in json.loads((assembly / manifest).read_text())["files"].values():
        for destination in asset["destinations"].values():
            if destination["objectKey"] not in present:
                body = packed(assembly / asset["source"]["path"])
                store.put_object(Bucket=BUCKET, Key=destination["objectKey"], Body=body)


def packed(source: Path) -> bytes:
    """Return an asset as it is uploaded: a file as it is, a folder as a zip file."""
    if source.is_file():
        return source.read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(source.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, str(file.relative_to(source)))
    return packed.getvalue()


def _apply(name: str, template: Path) -> None:
    formation = client("cloudformation")
    key = f"{hashlib.sha256(template.read_bytes()).hexdigest()}.json"
    client("s3").put_object(Bucket=BUCKET, Key=key, Body=template.read_bytes())
    url = f"{os.environ['AWS_ENDPOINT_URL']}/{BUCKET}/{key}"
    arguments = {"StackName": name, "TemplateURL": url, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
    waiter = "stack_update_complete" if _exists(name) else "stack_create_complete"
    try:
        if _exists(name):
            formation.update_stack(**arguments)
        else:
            formation.create_stack(**arguments)
    except ClientError as error:
        if "No updates" in str(error):
            return
        raise
    try:
        formation.get_waiter(waiter).wait(StackName=name, WaiterConfig=WAITING)
    except Exception as error:
        raise RuntimeError(f"stack {name} failed: {_reasons(name)}") from error


def _exists(name: str) -> bool:
    try:
        stacks = client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError:
        return False
    return any(stack["StackStatus"] not in {"DELETE_COMPLETE", "ROLLBACK_COMPLETE"} for stack in stacks)


def _reasons(name: str) -> list[str]:
    events = client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    return [str(event.get("ResourceStatusReason")) for event in events if "FAILED" in event["ResourceStatus"]][:3]
