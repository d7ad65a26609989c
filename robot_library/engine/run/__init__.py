"""One go at one item: steps bound and run, nothing typed or pressed before the guard has passed, commits proven."""
