"""A real S3 server on loopback, of moto's, filled by AWS's own client."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest

__all__ = ["BUCKET", "Application", "Environ", "S3Server", "s3_server", "use_server"]

Environ: TypeAlias = dict[str, Any]
#: Answers a request, as WSGI has it.
Application: TypeAlias = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

BUCKET = "stpubdata"


@dataclass(frozen=True)
class S3Server:
    """Where it is, and a client that may write."""

    url: str
    client: Any
    #: Stand between the client and the server, the last of them outermost.
    faults: list[Callable[[Application], Application]] = field(default_factory=list)

    def put(self, objects: Mapping[str, bytes], bucket: str = BUCKET) -> None:
        """Add objects that anybody may read."""
        for key, body in objects.items():
            self.client.put_object(Bucket=bucket, Key=key, Body=body, ACL="public-read")

    def put_empty(self, keys: Iterable[str], bucket: str = BUCKET) -> None:
        """Add empty objects by the server's own means, since a request each takes long."""
        for key in keys:
            self.replace(key, b"", bucket)

    def replace(self, key: str, body: bytes, bucket: str = BUCKET) -> None:
        """Put an object by the server's own means."""
        from moto.core.models import DEFAULT_ACCOUNT_ID
        from moto.s3.models import s3_backends

        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(bucket, key, body)

    def objects(self, prefix: str = "", bucket: str = BUCKET) -> dict[str, bytes]:
        """Return every object below a prefix."""
        found = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [item["Key"] for page in found for item in page.get("Contents", ())]
        return {
            key.removeprefix(prefix): self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
            for key in keys
        }

    def clear(self) -> None:
        """Leave the bucket empty, and no faults."""
        self.faults.clear()
        urllib.request.urlopen(f"{self.url}/moto-api/reset", b"").close()
        self.client.create_bucket(Bucket=BUCKET)


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Run a server with an empty bucket of the public one's name."""
    # They take long to import, and most tests do without them.
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        client.create_bucket(Bucket=BUCKET)
        found = S3Server(url, client)
        serving: Any = server._server
        sound: Application = serving.app

        def answer(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
            application: Application = sound
            for fault in found.faults:
                application = fault(application)
            return application(environ, start)

        serving.app = answer
        yield found
        client.close()
    finally:
        server.stop()


def use_server(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let fsspec use a server, by the variables that users set, and give up soon."""
    from s3fs import S3FileSystem

    for name, value in {
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(S3FileSystem, "retries", 2)
    S3FileSystem.clear_instance_cache()
