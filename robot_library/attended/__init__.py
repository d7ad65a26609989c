"""For people at a workstation: they start bots, watch them, answer what bots ask, and sign."""
