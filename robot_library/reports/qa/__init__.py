"""Quality assurance: what was measured on every film (history), control charts of each device, the report's page."""
