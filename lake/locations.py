"""Where a dataset of the lake is, as a person names it, and which objects there hold data.

A place is a URL that names objects: `x/` all in that folder, `x*` all whose URLs begin with `x`, files and folders
alike. `x` alone is the file of that name, or else the folder, or else, where there is neither, what begins so: so that
`2018-1` never takes in October where a folder of January has that name, and a flat lake can be named month by month.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from lake.errors import StorageError
from lake.folders import file_in_the_way
from lake.object_store import FILE_SCHEME, S3_SCHEME, Store
from lake.stored_object import StoredObject

BEGINS = "*"
"""How the URL of a place ends that is the beginning of names."""
FOLDER_MARKER = "_$folder$"
"""How the name of an object ends that Hadoop makes in the place of a folder."""


def lake_url(dataset: str, location: str) -> str:
    """Read where a dataset is: `s3://bucket/prefix`, `file:///folder` or a plain path. It ends as the place is written.

    Raises:
        StorageError: it is none of these.
    """
    if not location.strip():
        raise StorageError(f"--{dataset} is empty: give s3://bucket/prefix, file:///folder or a folder")
    is_path = "://" not in location or location.startswith(f"{FILE_SCHEME}/")
    # A folder has one URL, whatever links and dots lead to it.
    url = FILE_SCHEME + _absolute(dataset, location.removeprefix(FILE_SCHEME)) if is_path else location
    is_folder = location.endswith(("/", f"/{BEGINS}"))
    if is_folder:
        url = url.removesuffix(BEGINS).rstrip("/") + "/"
    scheme = next((scheme for scheme in (S3_SCHEME, FILE_SCHEME) if url.startswith(scheme)), None)
    name = url.removeprefix(scheme or "").strip("/")
    is_of_buckets = scheme == S3_SCHEME and name.endswith(BEGINS) and "/" not in name
    if scheme is None or not name or is_of_buckets:
        raise StorageError(f"--{dataset} {location}: give s3://bucket/prefix, file:///folder or a folder")
    return url


def _absolute(dataset: str, location: str) -> str:
    try:
        return str(Path(location).expanduser().resolve())
    except (OSError, RuntimeError) as error:  # a home that nobody has, a working directory that was deleted
        raise StorageError(f"--{dataset} {location} is no path here ({error}): give an absolute one") from error


def find_place(store: Store, url: str) -> str:
    """Find out what a URL names that may end with neither a slash nor a *: a file, a folder, or what begins so.

    Where nothing can be found it is a folder.
    """
    if url.endswith(("/", BEGINS)):
        return url
    try:
        store.open(url).close()
    except StorageError:
        return f"{url}{BEGINS}" if _only_begins(store, url) else f"{url}/"
    return url


def _only_begins(store: Store, url: str) -> bool:
    """Tell whether names begin so where there is no folder of that name; a bucket is one."""
    try:
        return "/" in url.removeprefix(S3_SCHEME) and not store.has_any(f"{url}/") and store.has_any(url)
    except StorageError:  # whoever lists it says why
        return False


def list_lake(store: Store, place: str) -> Iterator[StoredObject]:
    """List what a place names, without markers of folders and hidden files."""
    for stored in store.list(place.removesuffix(BEGINS)):
        is_file = stored.url == place and not place.endswith("/")
        if is_file or (is_of(stored.url, place) and not is_passed_over(stored)):
            yield stored


def is_of(url: str, place: str) -> bool:
    """Tell whether a place names an object, as far as that can be told without looking: a file and a folder may do."""
    return url.startswith(place[:-1]) if place.endswith(BEGINS) else lies_in(url, place.rstrip("/"))


def lies_in(url: str, folder: str) -> bool:
    """Tell whether an object is the one of a URL without a slash at its end, or lies in that folder."""
    return url == folder or url.startswith(f"{folder}/")


def is_passed_over(file: StoredObject) -> bool:
    """Tell whether a file is hidden (its name starts with . or _), or an empty object that stands for a folder."""
    name = file.url.rsplit("/", 1)[-1]
    return name.startswith((".", "_")) or (file.size_bytes == 0 and (not name or name.endswith(FOLDER_MARKER)))


def require_files(store: Store, dataset: str, url: str) -> None:
    """Check that a lake in a folder has a file; a prefix of S3 would have to be listed.

    Raises:
        StorageError: it has none, or the store has no folders.
    """
    if not url.startswith(FILE_SCHEME) or next(list_lake(store, url), None) is not None:
        return
    if next(list_lake(store, find_place(store, url)), None) is None:
        raise no_files(dataset, url)


def no_files(dataset: str, url: str) -> StorageError:
    """Return the error about a lake that holds nothing; where a folder of its path is a file, that is named."""
    file = file_in_the_way(Path(url.removeprefix(FILE_SCHEME)).parent) if url.startswith(FILE_SCHEME) else None
    nothing = "no name of a file begins so" if url.endswith(BEGINS) else "there is no file there"
    reason = f"{file} is not a folder" if file else nothing
    return StorageError(f"--{dataset} {url}: {reason}; check the URL")


def require_no_lake(folder: Path, parts: Iterable[str]) -> None:
    """Check that a lake can be written into a folder, where these parts of it would be.

    Raises:
        FileExistsError: the folder holds a lake already.
        NotADirectoryError: it is a file, or below one.
    """
    if file := file_in_the_way(folder.absolute()):
        raise NotADirectoryError(f"{file} is a file; name a folder for the lake")
    for part in (folder / name for name in parts):
        if part.exists() and any(part.iterdir()):
            raise FileExistsError(f"{part} already holds a lake; remove it or choose another folder")
