"""The documentation: builds into a site, and every command and snippet in it is right."""
