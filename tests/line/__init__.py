"""What may run now: limits, stop the line, sign-in states, stages."""
