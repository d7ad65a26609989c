"""What a skill is worth on labelled data: read, asked, measured, shown, judged.

    labels       labels.csv (or a table of scores) → rows, every mistake with its line
    ask          a skill's answers on the rows' files, in the source's own grid
    intervals    95 % intervals by patient: areas and shares, honest when they are few or perfect
    figures      scores and truth → AUROC, operating points, calibration, subgroups
    overlap      pairs of masks → Dice and volumes
    calibrate    Platt scaling and thresholds, from rows declared for it and from no others
    update       evaluation.json and card.md of the skill from what was measured
    plots        curves as inline SVG
    report       one self-contained HTML page
    criteria     what was asked for beforehand
    acceptance   criteria against figures → go or no-go

Nothing is imported here, so that naming the room costs nothing.
"""
