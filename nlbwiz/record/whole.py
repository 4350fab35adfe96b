"""Write a file whole or not at all."""

import os
import tempfile
from pathlib import Path

from nlbwiz.errors import OutputError


def write_whole(path: Path, text: str) -> None:
    """UTF-8, written beside the target and moved there. Raises OutputError; a half-written file is never left."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.write(text)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
