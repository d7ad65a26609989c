"""The brain skill as shipped, and its training scripts on the import path."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SKILL = Path(__file__).resolve().parents[3] / "skills" / "brain-tumour-segmentation"
TRAIN = SKILL / "train"


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The training folder on the import path, its modules forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(TRAIN))
    yield TRAIN
    for name in set(sys.modules) - before:
        if str(TRAIN) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
