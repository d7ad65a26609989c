"""Robot Framework and RPA keywords: what they take, what they change, and a thread that runs them for one item."""
