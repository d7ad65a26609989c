"""Being told: which causes are looked for, what is said, and the ways it reaches people."""
