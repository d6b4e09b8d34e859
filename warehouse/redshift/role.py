"""The IAM role that COPY reads S3 with: the lake and the work prefix, and nothing else."""

import json
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from warehouse.redshift.aws_errors import code_of, explained
from warehouse.redshift.bucket import split_url
from warehouse.redshift.compute import Clients, Copiers
from warehouse.redshift.ownership import (
    Resource,
    is_deletable,
    listed,
    made,
    mapped,
    require_ours_or_older,
    tags,
    why_kept,
)
from warehouse.redshift.settings import Settings

POLICY = "sparkify-read-lake"


def trust(settings: Settings, role_arn: str, copiers: Copiers) -> dict[str, Any]:
    """Return who may take the role on: Redshift, for the database users that may COPY.

    IAM keeps one service as a text, not as a list of one. The condition is that of the Redshift management guide,
    authorizing-redshift-service-database-users.
    """
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    users = f"arn:{partition}:redshift:{settings.region}:{account}:dbuser:{copiers.users}"
    services = list(copiers.services) if len(copiers.services) > 1 else copiers.services[0]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": services},
        "Action": "sts:AssumeRole",
        "Condition": {"StringLike": {"sts:ExternalId": users}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def find_keys(s3: Any, settings: Settings) -> tuple[list[str], bool]:
    """Return the KMS keys that the lake's buckets encrypt with by default, and whether all buckets could be asked.

    A key of AWS's own (`aws/s3`) has no name there, and needs no right.
    """
    keys, is_known = set[str](), True
    for bucket in sorted({split_url(url)[0] for url in settings.lake.values()}):
        try:
            found = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        except ClientError as error:
            if code_of(error) not in ("AccessDenied", "ServerSideEncryptionConfigurationNotFoundError"):
                raise
            found, is_known = [], is_known and code_of(error) != "AccessDenied"
        keys |= {rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID", "") for rule in found}
    return sorted(keys - {""}), is_known


def _decrypts(settings: Settings, role_arn: str, key: str) -> dict[str, Any]:
    """Return the right to decrypt with a key, which a bucket may name by its id, its ARN, or an alias."""
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    here = f"arn:{partition}:kms:{settings.region}:{account}:"
    if "alias/" not in key:
        return {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key if ":" in key else f"{here}key/{key}"}
    owner, _, alias = (key if ":" in key else here + key).partition("alias/")
    is_called = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{alias}"}}
    return {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": f"{owner}key/*", "Condition": is_called}


def policy(settings: Settings, role_arn: str, keys: Sequence[str] = ()) -> dict[str, Any]:
    """Return the rights of the role: read objects below the prefixes of lake and work, and list these prefixes.

    It decrypts with the keys of the lake's buckets.

    A folder is listed with and without its slash, as COPY does (Redshift guide, copy-usage_notes-access-permissions).
    A work bucket that somebody else's account has taken over is not read; the lake may be another account's.
    """
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    lake = {split_url(url)[0] for url in settings.lake.values()}
    folders: dict[str, list[str]] = {}
    for url in (*settings.lake.values(), settings.work_prefix):
        bucket, key = split_url(url)
        folders.setdefault(bucket, []).append(key.rstrip("/"))
    statements: list[dict[str, Any]] = []
    for bucket, under in folders.items():
        own = {} if bucket in lake else {"StringEquals": {"s3:ResourceAccount": account}}
        objects = [f"arn:{partition}:s3:::{bucket}/{folder}/*" for folder in under]
        read: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": objects}
        listable = [prefix for folder in under for prefix in (folder, f"{folder}/*")]
        statements += [
            {**read, "Condition": own} if own else read,
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": f"arn:{partition}:s3:::{bucket}",
                "Condition": {"StringLike": {"s3:prefix": listable}, **own},
            },
        ]
    statements += [_decrypts(settings, role_arn, key) for key in keys]
    return {"Version": "2012-10-17", "Statement": statements}


def ensure_role(settings: Settings, clients: Clients, role_arn: str, copiers: Copiers) -> Resource:
    """Make the role, or put the trust and the rights of the one that this project made right.

    Raises:
        WarehouseError: the role is somebody else's.
        WarehouseUnavailable: AWS refuses.
    """
    iam, name = clients("iam"), settings.iam_role_name
    trusts = trust(settings, role_arn, copiers)
    with explained(settings.name):
        keys, is_known = find_keys(clients("s3"), settings)
        rights, detail = policy(settings, role_arn, keys), "reads the lake and the work prefix"
        if keys or not is_known:
            detail += f", decrypts with {', '.join(keys)}" if keys else "; no right to see which key the lake is under"
        found = _find(iam, name)
        if found is None:
            boundary = settings.permissions_boundary_arn
            iam.create_role(
                RoleName=name,
                AssumeRolePolicyDocument=json.dumps(trusts),
                Tags=listed(tags(settings)),
                **({"PermissionsBoundary": boundary} if boundary else {}),
            )
            iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=json.dumps(rights))
            return Resource("role", name, "created", detail)
        older = require_ours_or_older("role", name, mapped(found.get("Tags", [])), settings)
        if older:
            iam.tag_role(RoleName=name, Tags=listed(tags(settings)))
        bounded = _bound(iam, found, settings.permissions_boundary_arn)
        changed = _put_right(iam, found, rights, trusts) or older or bounded
    return Resource("role", name, made(created=False, changed=changed), detail)


def remove_role(settings: Settings, clients: Clients) -> Resource:
    """Delete the role, if this project made it for the warehouse.

    Raises:
        WarehouseUnavailable: AWS refuses.
    """
    iam, name = clients("iam"), settings.iam_role_name
    with explained(settings.name):
        found = _find(iam, name)
        if found is None:
            return Resource("role", name, "deleted", "was not there")
        owner = mapped(found.get("Tags", []))
        if not is_deletable(owner, settings):
            return Resource("role", name, "kept", why_kept(owner, settings))
        for inline in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=inline)
        _detach(iam, name)
        iam.delete_role(RoleName=name)
    return Resource("role", name, "deleted")


def _find(iam: Any, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return found


def _bound(iam: Any, found: dict[str, Any], wanted: str | None) -> bool:
    """Give the role the block's boundary, before anything else of it changes; return whether it lacked it.

    Where the block names none, one that somebody else gave it stays.
    """
    if wanted in (None, found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")):
        return False
    iam.put_role_permissions_boundary(RoleName=found["RoleName"], PermissionsBoundary=wanted)
    return True


def _put_right(iam: Any, found: dict[str, Any], rights: dict[str, Any], trusts: dict[str, Any]) -> bool:
    """Restore the trust and the rights where they differ, and take away all others; return whether anything did."""
    name = found["RoleName"]
    changed = _detach(iam, name)
    if found["AssumeRolePolicyDocument"] != trusts:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trusts))
        changed = True
    inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
    for other in set(inline) - {POLICY}:
        iam.delete_role_policy(RoleName=name, PolicyName=other)
        changed = True
    if POLICY not in inline or iam.get_role_policy(RoleName=name, PolicyName=POLICY)["PolicyDocument"] != rights:
        iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=json.dumps(rights))
        changed = True
    return changed


def _detach(iam: Any, name: str) -> bool:
    """Take managed policies away from the role: it was made with none; return whether it had any."""
    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=name)
    attached = [each["PolicyArn"] for page in pages for each in page["AttachedPolicies"]]
    for arn in attached:
        iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    return bool(attached)
