"""Where objects come from. Each source puts bytes as they came into a BlobStore and returns `Received` references."""
