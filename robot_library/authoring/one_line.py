"""Data as YAML on one line. What nobody would see in it is written as an escape: files with it are refused else."""

from __future__ import annotations

from functools import cache
from typing import Any

from robot_library.parsing.nodes import UNSEEN


def one_line(value: Any) -> str:
    """YAML in flow style, without a line end."""
    import yaml

    text = yaml.dump(value, Dumper=_dumper(), default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
    return UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04X}", str(text)).strip()


@cache
def _dumper() -> type[Any]:
    import yaml

    class Quoting(yaml.SafeDumper):
        """Texts with something unseen in double quotes: only there is an escape one."""

    def written(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, '"' if UNSEEN.search(text) else None)

    Quoting.add_representer(str, written)
    return Quoting
