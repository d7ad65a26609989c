"""Files that an author or an analyst has written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.fuzz.parsers.target import Parse, Parser, bundled_files, done, file_of
from robot_library import errors

_SITE = """\
about: A hospital.
keywords:
  allow: [RPA.Tables]
systems:
  https://ehr.example.org: {production: true}
"""
_LETTERS = str.maketrans("0123456789", "abcdefghij")
_YAML = (b": ", b"- ", b"\n  ", b"&a ", b"*a", b"<<: ", b"|\n", b">\n", b"=item.order", b"steps:\n", b"phi: true")
_HTML = (
    b"<input",
    b" id=",
    b"<select>",
    b"<option value=x>",
    b"<label for=a>",
    b"<section>",
    b"<!DOCTYPE",
    b"<script>",
)


def _yaml() -> Parse:
    from robot_library.parsing.nodes import read_yaml

    return file_of("any.yaml", lambda path: done(read_yaml(path)))


def _checked(name: str) -> Callable[[], Parse]:
    """`wetread check`: everything that is wrong is said, nothing is raised."""

    def open_it() -> Parse:
        from robot_library.lint import check
        from robot_library.parsing.library import Library, bundled

        library = Library(bundled())
        # In letters: figures are taken for values, and every file with one mistake would be like every other.
        return file_of(
            name, lambda path: " ".join(sorted({one.code for one in check([path], library)})).translate(_LETTERS)
        )

    return open_it


def _expression() -> Parse:
    from robot_library.model.diagnostic import Place
    from robot_library.parsing.expressions import compile_expression

    scope = {"order": {"images": "2", "accession": "A1"}, "score": 0.5, "n": 3, "t": "x", "none": None}
    return lambda data: (
        compile_expression("=" + data.decode("utf-8", "replace"), Place(file="f")).evaluate(scope) and None
    )


def _template() -> Parse:
    from robot_library.reports.mrrt import load_template

    return file_of("template.html", lambda path: done(load_template(path)))


def _manifest() -> Parse:
    from robot_library.skills.manifest import parse_manifest

    return lambda data: done(parse_manifest(data.decode("utf-8", "replace"), "skill.yaml", "image-quality"))


def _formatted() -> Parse:
    """Laid out anew it says the same, or it is refused."""
    from robot_library.parsing.formatting import formatted

    def run(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        laid = formatted(text, "w.yaml")
        if formatted(laid, "w.yaml") != laid:
            raise RuntimeError("laid out anew it is laid out otherwise")

    return run


def _site() -> Parse:
    from robot_library.parsing.sites import load_site

    return file_of("site.yaml", lambda path: done(load_site(path)))


def _tables() -> Parse:
    """Tables of an analyst: what films show, what a report said of them, rows for a skill."""
    from robot_library.skills.evaluation.labels import read_labels
    from robot_library.skills.monitor.truth import read_truth

    def read(path: Path) -> str:
        said = ""
        for parse in (lambda: read_labels(path, "pneumonia"), lambda: read_labels(path, "pneumonia", scores=True),
                      lambda: read_truth(path)):  # fmt: skip
            try:
                said += f"{len(parse() and 'read')} "
            except errors.AuthoringError as refused:
                said += f"{refused.message[:80]} "
        return said

    return file_of("table.csv", read)


def _table_rows() -> list[bytes]:
    return [b"file,label,patient,sex,age\na.dcm,1,P1,F,40\nb.dcm,0,P2,M,71\n", b"score;label\n0,5;positive\n0,1;0\n",
            b"image,decision\n1.2.3,positive\n"]  # fmt: skip


_WRITTEN = bundled_files("bots/*.yaml", "workflows/*/workflow.yaml")
PARSERS = (
    Parser("yaml", _yaml, (errors.AuthoringError,), _WRITTEN, _YAML),
    Parser("workflow", _checked("workflows/w/workflow.yaml"), (), bundled_files("workflows/*/workflow.yaml"), _YAML),
    Parser("screen-map", _checked("workflows/screens/m.yaml"), (), bundled_files("workflows/screens/*.yaml"), _YAML),
    Parser("bot", _checked("bots/b.yaml"), (), bundled_files("bots/*.yaml"), _YAML),
    Parser("skill", _manifest, (errors.AuthoringError,), bundled_files("skills/image-quality/skill.yaml"), _YAML),
    Parser("site", _site, (errors.AuthoringError,), lambda: [_SITE.encode()], _YAML),
    Parser("layout", _formatted, (errors.AuthoringError,), _WRITTEN, _YAML),
    Parser("expression", _expression, (errors.AuthoringError,),
           lambda: [b"order.images == 2", b"number(order.images) + n * 2", b"not (score < 0.5 and t == 'x')"]),
    Parser("template", _template, (errors.AuthoringError,), bundled_files("workflows/templates/*.html"), _HTML),
    Parser("table", _tables, (), _table_rows, (b",", b";", b'"', b"\r\n", b"series:", b"group:")),
)  # fmt: skip
