"""A report on paper, by the machine's own browser. What is written to disk for it lies in the home, for a moment."""

from __future__ import annotations

import tempfile
from pathlib import Path

from robot_library.delivery.parcel import Paper


def paper(home: Path) -> Paper:
    """Prints pages; needs a browser only when it is asked to."""

    async def printed(html: str) -> bytes:
        from robot_library.drivers.browser.paper import print_pdf

        with tempfile.TemporaryDirectory(dir=home, prefix="print-") as folder:
            page, pdf = Path(folder) / "report.html", Path(folder) / "report.pdf"
            page.write_text(html, encoding="utf-8")
            await print_pdf(page, pdf)
            return pdf.read_bytes()

    return printed
