"""How `generator.onnx` is made: `python -m robot_library.hospital.films.train`; needs WETREAD_DATA, extra `train`."""
