"""Pictures that a skill for frontal chest films must refuse, from sources that trained none of the skills.

    pictures     one wrong picture, and how all of them are gathered, in full or a tenth
    chests       held-out patients' films turned, inverted, cut, covered, joined
    scans        slices of heads, and the DICOM files of pydicom
    photos       photographs and wallpapers of packages (`python -m tests.skills.wrong_inputs.photos` fetches them)
    screens      pages of Python's own documentation in a real browser
    drawn        test patterns, plots, drawn radiographs of other parts, noise
    verdicts     what the skills say, counted by category

skills/chest-xray-view/train/evaluate.py measures the whole set; what it found stands in the cards of both skills.
"""
