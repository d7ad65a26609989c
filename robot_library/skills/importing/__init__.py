"""Somebody else's model made into a skill: looked at before it is trusted, its manifest begun.

    onnx_file    an ONNX file: opset, types, axes, foreign operators, data outside the file
    monai        a MONAI bundle: metadata.json and inference.json → channels, segments, operations
    torch_file   a torch checkpoint and the importer's recipe → ONNX, compared number by number
    draft        skill.yaml with what is known filled in and TODO where a person must say it
    folder       the skill's folder, written whole or not at all

Nothing is imported here, so that naming the room costs nothing.
"""
