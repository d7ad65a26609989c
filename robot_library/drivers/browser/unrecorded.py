"""What no screen map can hold, and what an author is told of it while recording; and how a box for a file is met."""

from __future__ import annotations

PLAIN = {
    "shortcut": "final    a key that saves was NOT let through; press the button instead",
    "ticked": "left out a tick: a bot ticks nothing; map the box by hand to read it",
    "canvas": "picture  what is pressed on a picture (canvas, video) is not recorded: nothing in it has a name. What"
    " stands beside it is; a picture of the whole can be taken by a target of its own",
}
"""By what the page tells."""
UNTOLD_LIST = (
    "list     the box of this list does not say that it completes (role combobox): a bot types the whole text there,"
    " chooses nothing, and stops where that is not enough"
)
UNFOUND_FRAME = (
    "frame    what is done here is not recorded: the frame has no title or name of its own, or stands in another frame;"
    " map it by hand"
)
FILE_BOX = """(e) => ({
  label: e.getAttribute("aria-label") || [...(e.labels || [])].map((l) => l.innerText.trim()).join(" "),
  test_id: e.getAttribute("data-testid") || "", attribute: e.getAttribute("name") || "", placeholder: "",
  title: e.title || "", type: "file", was: e.hasAttribute("data-wetread-was"),
  seen: e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && e.getBoundingClientRect().width > 0,
})"""
"""What is asked of a box for a file; `was`: it was there before the last press."""
