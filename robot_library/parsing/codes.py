"""What the parser's codes mean. The lint's codes stand with their rules."""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    "WR001": (
        "A file cannot be read as text.",
        "It is missing, a folder, not UTF-8, holds an invisible character, or stands in a folder that is no project.",
    ),
    "WR002": (
        "A file is too large, nested too deep, or repeats itself too often.",
        "1 MB, 60 levels and 50,000 values are more than any workflow needs.",
    ),
    "WR003": ("A file is empty.", "Delete it, or write what it is for."),
    "WR004": (
        "A key is written twice, or is no text.",
        "YAML alone would silently keep the last of two. Keys with braces need quotes.",
    ),
    "WR005": ("A YAML tag.", "Types are declared, not tagged; text that begins with '!' stands in quotes."),
    "WR006": (
        "An alias that repeats nothing, or an anchor given twice.",
        "`&name` names a part of a file, `*name` below repeats it. Text that begins with these signs stands in quotes.",
    ),
    "WR007": (
        "A line of a list that has become part of the text above it.",
        "YAML joins a line that is indented further to the text before it; the step would vanish.",
    ),
    "WR008": ("A second document in one file.", "One file holds one thing."),
    "WR009": ("A tab, or a blank that is none to YAML.", "YAML is indented with spaces."),
    "WR010": ("The layout is broken.", "The place is where the quote, bracket or line in question began."),
    "WR011": (
        "`wetread fmt` cannot lay the file out without a change of what it says.",
        "The file is left as it is. Write the part in question in a plainer form.",
    ),
    "WR012": (
        "Text that a '#' has cut off (warning).",
        "Behind a blank, '#' begins a comment: `label: Order #1` is the label \"Order\". Such text stands in quotes.",
    ),
    "WR100": (
        "A file that is nothing of ours.",
        "The first keys tell: `workflow`, `bot`, `system` or `skill`; a hospital's settings stand in site.yaml.",
    ),
    "WR101": ("An unknown key.", "Nothing is ignored; the nearest known key is named."),
    "WR102": ("A key is missing.", "It is needed."),
    "WR103": ("Text, list, or keys and values where another of them is needed.", "The message says which."),
    "WR104": ("A value that is not what is declared.", "A number, a date, a duration, one of some words."),
    "WR105": (
        "An expression where a name is needed.",
        "Which screens, skills and templates a workflow uses is known before it runs.",
    ),
    "WR107": ("A key without a value.", "Write one, or delete the key."),
    "WR110": ("A step that is not written as one.", "A step is one action with ':' and its parameters behind it."),
    "WR111": ("An unknown action.", "The nearest known action is named; `wetread actions` lists all."),
    "WR112": ("A word that cannot be a name.", "Names are small letters, digits and '_', and no word of the language."),
    "WR113": ("`as` at an action that gives no value.", "Delete it."),
    "WR120": ("A bot, workflow, screen map, template or skill that is not there.", "The nearest known one is named."),
    "WR121": ("A workflow that calls itself.", "Directly, or through others."),
    "WR122": (
        "An environment is chosen that site.yaml does not have.",
        "`--env` or WETREAD_ENV names it; nothing is done in another one, nor in none.",
    ),
    "WR123": (
        "A screen map that cannot be built on another.",
        "`extends` names a map beside it, or one that came with wetread; no map is built on itself.",
    ),
    "WR124": (
        "A target that a recorded screen does not show, or shows more than once.",
        "Said with `--screens`. The page has changed, or the locator says too little: `wetread screens look` shows it.",
    ),
    "WR125": (
        "A workflow that calls itself otherwise than its folder.",
        "By the folder it is found and called, by its own name its items and approvals are known.",
    ),
    "WR126": (
        "A file that nothing finds (warning).",
        "Bots are looked for as bots/NAME.yaml, screen maps as workflows/screens/NAME.yaml, workflows as "
        "workflows/NAME/workflow.yaml, skills as skills/NAME/skill.yaml. Elsewhere, or with .yml, they are not there.",
    ),
    "WR130": ("A skill whose name is not its folder's.", "Give both the same name."),
    "WR131": ("A skill with a field that still says TODO.", "Say it, in place of TODO."),
    "WR132": (
        "A skill whose model file is not there, or not the one that its manifest names.",
        "A host would refuse it; a model made anew has another sha256, and its figures must be measured anew.",
    ),
    "WR201": ("An expression that cannot be read.", "The place is in the expression."),
    "WR210": ("An expression that cannot be worked out when its step runs.", "The item stops; nothing is guessed."),
    "WR211": ("A step whose parameters are wrong when it runs.", "The item stops."),
    "WR212": ("Inputs of an item, or of a called workflow, that are not as declared.", "The item stops."),
}
