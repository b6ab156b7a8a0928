"""The files of a segment, read where they lie.

Whoosh maps a segment into memory and then copies every file in it, so that each process holds the whole index once
more. Here a file is a window on the map: what is not asked for takes no memory, and what is asked for is shared by all
processes. Private names of Whoosh are used for it; the library is pinned and has ended.
"""

import os
from typing import Any

from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.structfile import BufferFile


class _Window:
    """What Whoosh needs of a file, on a part of a map."""

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self._place = 0

    def read(self, size: int = -1) -> bytes:
        end = len(self._view) if size < 0 else self._place + size
        found = self._view[self._place : end].tobytes()
        self._place += len(found)
        return found

    def readline(self) -> bytes:
        # A pickle asks for lines in its oldest form alone, which Whoosh does not write.
        raise OSError("there are no lines in a segment")

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        self._place = place + {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: len(self._view)}[whence]
        return self._place

    def tell(self) -> int:
        return self._place

    def close(self) -> None:
        self._view.release()


class _Mapped(BufferFile):  # type: ignore[misc]
    """One file of a segment; a part of it is a window again."""

    def __init__(self, view: memoryview, name: str) -> None:
        super().__init__(b"", name=name)
        self._buf, self.file = view, _Window(view)

    def subset(self, position: int, length: int, name: str | None = None) -> "_Mapped":
        return _Mapped(self._buf[position : position + length], name or self._name)


class MappedFiles(CompoundStorage):  # type: ignore[misc]
    """All files of a segment that lies in one."""

    def open_file(self, name: str, *_args: Any, **_kwargs: Any) -> _Mapped:
        offset, length = self.range(name)
        return _Mapped(memoryview(self._source)[offset : offset + length], name)


def files_of(segment: Any, storage: Any) -> Any:
    """Where the files of this segment are read."""
    if not segment.is_compound():
        return storage
    return MappedFiles(storage.open_file(segment.make_filename(segment.COMPOUND_EXT)))
