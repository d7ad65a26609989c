"""What editors ask while somebody writes: `wetread lsp`."""
