"""wetread: bots that drive hospital screens, read images with skills and type drafts under guards."""

import os

__version__ = "0.1.0"

# ONNX Runtime's official builds tell their maker of every session, unless this stands before they start: it keeps the
# sender from being made at all, here and in every process started from here. Nothing phones home.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
