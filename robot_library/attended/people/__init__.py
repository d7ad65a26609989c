"""The people of a site: who they are, what they may do, and what they prove it with."""
