"""wetread: bots that drive hospital screens, read images with skills and type drafts under guards."""

__version__ = "0.1.0"
