"""The exit codes of an unattended run, and which of them a failure has. docs/operations.md says what to do for each."""

import enum
import errno
import re

from call_status_tools.errors import UserError


class Exit(enum.IntEnum):
    """How a run ended. Where several hold, the first of `by_weight` is given."""

    PUBLISHED = 0
    NOTHING_NEW = 3
    WARNINGS = 4
    TEST_FAILED = 10
    FILES_REFUSED = 11
    LOCKED = 12
    NO_ROOM = 13
    BUILD_FAILED = 20


OUTCOMES = {
    Exit.PUBLISHED: "published",
    Exit.NOTHING_NEW: "nothing new",
    Exit.WARNINGS: "published, with warnings",
    Exit.TEST_FAILED: "a test failed, nothing was published",
    Exit.FILES_REFUSED: "published, some files were refused",
    Exit.LOCKED: "another run is under way",
    Exit.NO_ROOM: "no room on the disk",
    Exit.BUILD_FAILED: "the build failed, nothing was published",
}


class Failure(UserError):
    """A run that cannot go on. `code` is its exit code; the text says what is wrong and what to do."""

    code = Exit.BUILD_FAILED


class Locked(Failure):
    code = Exit.LOCKED


class NoRoom(Failure):
    code = Exit.NO_ROOM


class TestFailed(Failure):
    code = Exit.TEST_FAILED


def is_no_room(error: BaseException | str) -> bool:
    """Whether a failure says that the disk is full: of the system, of DuckDB, or of DuckDB through dbt."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return bool(
        re.search(r"No space left|disk is full|Disk quota|Could not write all|failed to offload", str(error), re.I)
    )
