"""A report for other systems: one file for each format. Made from one version alone; nothing here sends anything."""
