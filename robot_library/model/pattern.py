"""Regular expressions as files write them."""

from __future__ import annotations

import re
import warnings


class NoPattern(ValueError):
    """A text that is no regular expression, in words."""


def pattern(text: str) -> re.Pattern[str]:
    """Raises NoPattern, also for a set that a later Python may read otherwise than this one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            return re.compile(text)
    except re.error as error:
        raise NoPattern(f"{error.msg}{f' at character {error.pos + 1}' if error.pos is not None else ''}") from None
    except FutureWarning:
        raise NoPattern(
            "a set in it holds '[', '--', '&&', '~~' or '||', which may mean something else one day"
        ) from None
    except (OverflowError, RecursionError, ValueError):  # ValueError: a count of thousands of digits
        raise NoPattern("it is too large") from None
