"""Programs that an author clicks through once: what they press is held until it is judged, and told to the recorder."""
