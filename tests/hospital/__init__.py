"""The same bot on a real EHR and a real PACS."""
