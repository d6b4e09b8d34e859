"""Policies of buckets, kept beside moto: it heeds no condition in them, so that one which refuses HTTP refuses all."""

from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

_KEPT: dict[str, str] = {}


def forget() -> None:
    """Forget all policies."""
    _KEPT.clear()


def keep_beside_moto(s3: Any) -> None:
    """Answer a client's requests about the policies of buckets here; moto gets all others."""
    asked: dict[str, Any] = {}

    def hear(params: dict[str, Any], **_: object) -> None:
        asked.update(params)

    def put(**_: object) -> tuple[AWSResponse, dict[str, Any]]:
        _KEPT[asked["Bucket"]] = asked["Policy"]
        return _said({})

    def get(**_: object) -> tuple[AWSResponse, dict[str, Any]]:
        if asked["Bucket"] in _KEPT:
            return _said({"Policy": _KEPT[asked["Bucket"]]})
        return _said({"Error": {"Code": "NoSuchBucketPolicy", "Message": "none"}}, 404)

    for name, answer in (("PutBucketPolicy", put), ("GetBucketPolicy", get)):
        s3.meta.events.register(f"provide-client-params.s3.{name}", hear)
        s3.meta.events.register(f"before-call.s3.{name}", answer)


def _said(answer: dict[str, Any], status: int = 200) -> tuple[AWSResponse, dict[str, Any]]:
    return AWSResponse("", status, HTTPHeaders(), None), answer
