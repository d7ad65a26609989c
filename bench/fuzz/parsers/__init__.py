"""Every parser of what comes from outside: how it is called, what it may raise, and right inputs to begin with."""

from bench.fuzz.parsers import authors, images, ours, systems
from bench.fuzz.parsers.target import Parser

__all__ = ["PARSERS", "Parser"]
PARSERS: dict[str, Parser] = {
    one.name: one for one in (*authors.PARSERS, *images.PARSERS, *systems.PARSERS, *ours.PARSERS)
}
