"""The electronic health record of the demo hospital: sign-in, worklist, order, patient, result form."""
