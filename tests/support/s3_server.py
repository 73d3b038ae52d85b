"""A real S3 server on loopback, of moto's, filled by AWS's own client."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

__all__ = ["S3Server", "s3_server"]

BUCKET = "stpubdata"


@dataclass(frozen=True)
class S3Server:
    """Where it is, and a client that may write."""

    url: str
    client: Any

    def put(self, objects: Mapping[str, bytes], bucket: str = BUCKET) -> None:
        """Add objects that anybody may read."""
        for key, body in objects.items():
            self.client.put_object(Bucket=bucket, Key=key, Body=body, ACL="public-read")

    def put_empty(self, keys: Iterable[str], bucket: str = BUCKET) -> None:
        """Add empty objects by the server's own means, since a request each takes long."""
        from moto.core.models import DEFAULT_ACCOUNT_ID
        from moto.s3.models import s3_backends

        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        for key in keys:
            backend.put_object(bucket, key, b"")

    def clear(self) -> None:
        """Leave the bucket empty."""
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
        yield S3Server(url, client)
        client.close()
    finally:
        server.stop()
