"""Objects of a store such as S3: read, sent, copied, removed, each whole; by way of fsspec.

fsspec keeps what it listed, and takes that for the truth later. Nothing of it is kept here.
"""

from __future__ import annotations

import errno
import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.remote_path import RemotePath

__all__ = [
    "ObjectFacts",
    "copy_object",
    "has_content",
    "object_facts",
    "object_names",
    "open_object",
    "read_object",
    "remove_object",
    "require_store",
    "send_file",
    "store_errors",
]

#: Puts of one object before the run gives up. Each repeats failed requests by itself.
_TRIES = 3
#: Makes s3fs send an object of up to 5 GB, the most that S3 takes, by one PUT. Its digest is then
#: the ETag (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html), and there are no
#: parts that a killed run leaves behind, which cost money and are in no listing.
_ONE_PUT = {"chunksize": 2**32}
#: Bytes that are hashed at a time.
_BLOCK = 2**20
#: Errors of the libraries below fsspec that are no OSError, by their modules.
_FOREIGN = {
    "asyncio": ("TimeoutError",),
    "aiohttp": ("ClientError",),
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
}


@dataclass(frozen=True)
class ObjectFacts:
    """What a store says of an object now.

    Parameters
    ----------
    size : int
        Its bytes.
    etag : str
        The MD5 digest of the content, in hexadecimal, if the store makes ETags so; something
        else, or nothing, otherwise: for instance of an object that is encrypted by a key of the
        user's.
    """

    size: int
    etag: str


def require_store(folder: RemotePath) -> None:
    """Make sure that a store answers, and that the bucket is there.

    Parameters
    ----------
    folder : RemotePath
        A place in it, where nothing need be.

    Raises
    ------
    UsageError
        There is no such store or bucket, or a package is missing.
    OSError
        The store does not answer, or refuses.
    """
    with store_errors(folder):
        files, root = _files(folder)
        if not _is_s3(files):
            # Other stores say it when something is written.
            return
        bucket = root.partition("/")[0]
        try:
            # Not by `info`, for which an empty bucket is none in older releases of s3fs.
            files.call_s3("head_bucket", Bucket=bucket)
        except FileNotFoundError as error:
            raise UsageError(f"there is no bucket {bucket}, which {folder} names") from error


def read_object(path: RemotePath) -> bytes | None:
    """Return the content of an object; None if it is not there.

    Parameters
    ----------
    path : RemotePath
        Where it is.
    """
    with store_errors(path):
        files, place = _files(path)
        try:
            content: bytes = files.cat_file(place)
        except FileNotFoundError:
            return None
        return content


def open_object(path: RemotePath) -> IO[bytes]:
    """Open an object, of which only what is read is fetched; reading fails if it is replaced.

    Parameters
    ----------
    path : RemotePath
        Where it is. Errors, then and later, are for `store_errors`.
    """
    files, place = _files(path)
    opened: IO[bytes] = files.open(place, "rb", cache_type="none")
    return opened


def object_facts(path: RemotePath) -> ObjectFacts | None:
    """Return what the store says of an object; None if it is not there.

    Parameters
    ----------
    path : RemotePath
        Where it is. The store is asked, whatever was listed before.
    """
    with store_errors(path):
        files, place = _files(path)
        try:
            found = files.info(place)
        except FileNotFoundError:
            return None
    if found["type"] != "file":
        return None
    return ObjectFacts(found["size"], str(found.get("ETag") or "").strip('"'))


def object_names(folder: RemotePath) -> frozenset[str]:
    """Return the names of all objects below a prefix, without it.

    Parameters
    ----------
    folder : RemotePath
        The prefix.
    """
    with store_errors(folder):
        files, root = _files(folder)
        try:
            found = files.find(root)
        except FileNotFoundError:
            return frozenset()
    return frozenset(name.removeprefix(f"{root}/") for name in found if name != root)


def copy_object(source: RemotePath, to: RemotePath) -> None:
    """Copy an object within the store, which moves its bytes by itself.

    Parameters
    ----------
    source, to : RemotePath
        Where it is, and where the copy will be.
    """
    with store_errors(source):
        files, place = _files(source)
        _, other = _files(to)
        files.cp_file(place, other)


def remove_object(path: RemotePath) -> None:
    """Remove an object. It may be gone already.

    Parameters
    ----------
    path : RemotePath
        Where it is.
    """
    with store_errors(path), suppress(FileNotFoundError):
        files, place = _files(path)
        files.rm_file(place)


def send_file(source: Path, to: RemotePath) -> None:
    """Send a file, and make sure that the store has what was sent.

    The store's digest is compared if it has one; if not, or if it differs, what it has is read
    back. The object that was there before stays until the whole of the new one has arrived.

    Parameters
    ----------
    source : Path
        The file.
    to : RemotePath
        Where the object will be.

    Raises
    ------
    RunError
        The store has something else, each time that it was sent.
    OSError
        The file cannot be read, or the store does not answer or refuses.
    """
    size = source.stat().st_size
    for _ in range(_TRIES):
        with store_errors(to):
            files, place = _files(to)
            # Not `open(place, "wb")`: what breaks off there is stored all the same.
            files.put_file(str(source), place, **(_ONE_PUT if _is_s3(files) else {}))
        facts = object_facts(to)
        if facts is not None and facts.size == size and _is_stored(source, to, facts):
            return
    raise RunError(
        f"{to} is not what was sent, {_TRIES} times: the object store or something on the way to"
        " it damages what it is sent"
    )


def _is_stored(source: Path, to: RemotePath, facts: ObjectFacts) -> bool:
    if has_content(facts, source):
        return True
    stored = read_object(to)
    return stored is not None and stored == source.read_bytes()


def has_content(facts: ObjectFacts, source: Path) -> bool:
    """Tell whether an object's ETag proves that it has the content of a file.

    Parameters
    ----------
    facts : ObjectFacts
        What the store says.
    source : Path
        The file. If False is returned, the content may be the same all the same.
    """
    with open(source, "rb") as stream:
        digest = hashlib.md5(usedforsecurity=False)
        while block := stream.read(_BLOCK):
            digest.update(block)
    return facts.etag == digest.hexdigest()


def _is_s3(files: Any) -> bool:
    return "s3" in ((files.protocol,) if isinstance(files.protocol, str) else files.protocol)


def _files(path: RemotePath) -> tuple[Any, str]:
    """Return the file system of fsspec that a URL is in, and what it calls the place.

    Options and credentials are from fsspec's configuration and those of the store's own library.
    """
    try:
        from fsspec.core import url_to_fs
    except ModuleNotFoundError as error:
        raise UsageError(f"{path} needs fsspec: pip install 'xenoscan[s3]'") from error
    try:
        found: tuple[Any, str] = url_to_fs(path.url, use_listings_cache=False)
    except (ValueError, ImportError) as error:
        # An unknown scheme, or one whose package is missing.
        hint = ": pip install 'xenoscan[s3]'" if path.url.startswith(("s3:", "s3a:")) else ""
        raise UsageError(f"cannot use {path} ({_first_line(error)}){hint}") from error
    return found


@contextmanager
def store_errors(path: RemotePath) -> Iterator[None]:
    """Translate the errors of fsspec, and of what is below it, into an OSError with a number.

    Parameters
    ----------
    path : RemotePath
        What they are about.
    """
    try:
        yield
    except _foreign_errors() as error:
        # First, for some of them are an OSError without a number: ReadTimeoutError of botocore.
        raise _numbered(path, error) from error
    except (FileNotFoundError, PermissionError, TimeoutError, ConnectionError) as error:
        raise _numbered(path, error) from error
    except OSError as error:
        # Without a number, it is pyarrow's, of content that is damaged.
        if error.errno is None or error.filename is not None:
            raise
        raise _numbered(path, error) from error


def _foreign_errors() -> tuple[type[Exception], ...]:
    # A library that is not loaded has raised nothing.
    loaded = (
        (sys.modules[module], names) for module, names in _FOREIGN.items() if module in sys.modules
    )
    return tuple(getattr(module, name) for module, names in loaded for name in names)


def _numbered(path: RemotePath, error: Exception) -> OSError:
    name, said = type(error).__name__, _first_line(error)
    if isinstance(error, FileNotFoundError):
        return OSError(errno.ENOENT, f"it is not there ({said})", str(path))
    if isinstance(error, PermissionError):
        return OSError(errno.EACCES, f"access is denied ({said})", str(path))
    if "Credentials" in name:
        return OSError(errno.EACCES, f"there are no credentials ({said})", str(path))
    if "Timeout" in name:
        return OSError(errno.ETIMEDOUT, f"the object store does not answer ({said})", str(path))
    number = error.errno if isinstance(error, OSError) and error.errno else errno.EIO
    return OSError(number, f"the object store failed ({said})", str(path))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].removesuffix(".")
