"""Text from pixels, by a model on this machine (extra `ocr`: rapidocr, Apache-2.0, its models in its wheel).

Nothing is imported here, so that naming the room costs nothing.
"""
