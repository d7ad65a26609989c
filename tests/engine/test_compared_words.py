"""What the bundled workflows make of a signed report, in the words of radiologists and of our own drafts."""

from __future__ import annotations

import pytest

from robot_library.engine.run.language import evaluate_tree
from robot_library.model.finding import Accepted, Finding
from robot_library.parsing.library import Library, bundled
from robot_library.reports.draft import TemplateReports

CHEST = ("chest-xray-preread", "chest-xray-text", "chest-xray-remote")


def theirs(workflow: str, finding: str, report: str) -> bool:
    compare = Library(bundled()).workflow(workflow).compare
    assert compare is not None
    found = evaluate_tree(compare.findings[finding].theirs, {"signed": {"report": report}})
    assert isinstance(found, bool)
    return found


def draft(decision: str) -> str:
    finding = Finding(
        skill="chest-xray-pneumonia", skill_version="1.0.0", model_sha256="ab" * 32, provider="CPUExecutionProvider",
        label="pneumonia", score=0.5, decision=decision, operating_point="rule_in", image_uid="1.2.3",
    )  # fmt: skip
    taken = Accepted(finding=finding, by="operating_point", who="rule_in", decision=decision, seal="x")
    reports = TemplateReports(lambda name: Library(bundled()).path("template", name))
    return reports.draft("chest-xray", [taken], {}).text


@pytest.mark.parametrize("workflow", CHEST)
@pytest.mark.parametrize("decision", ["positive", "negative"])
def test_our_own_draft_that_was_signed_as_it_stood_agrees_with_us(workflow: str, decision: str) -> None:
    assert theirs(workflow, "pneumonia", draft(decision)) == (decision == "positive")


@pytest.mark.parametrize(
    ("workflow", "finding", "report", "found"),
    [
        (CHEST[0], "pneumonia", "Right lower lobe pneumonia.", True),
        (CHEST[0], "pneumonia", "Clear lungs. No evidence of pneumonia.", False),
        (CHEST[0], "pneumonia", "No signs of pneumonia, no effusion.", False),
        (CHEST[0], "pneumonia", "No focal consolidation.", False),
        ("brain-tumour-measure", "tumour", "Low-grade glioma, left frontal lobe.", True),
        ("brain-tumour-measure", "tumour", "Tumor of the left frontal lobe.", True),
        ("brain-tumour-measure", "tumour", "No evidence of tumor.", False),
        ("brain-tumour-measure", "tumour", "No tumour.", False),
    ],
)
def test_what_a_radiologist_has_signed_counts_as_it_reads(
    workflow: str, finding: str, report: str, found: bool
) -> None:
    assert theirs(workflow, finding, report) == found
