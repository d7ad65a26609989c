"""What went wrong with one item, as one file for whoever must look at it: the run, the evidence, the versions, the
audit trail's part with its proof, and what else those versions wrote.

    gather   what there is to know, asked of the desk
    bundle   the file: a ZIP with a manifest that the site has signed
    making   gathers and writes, after the audit trail has been told
    check    whether such a file is what was made

Nothing is imported here.
"""
