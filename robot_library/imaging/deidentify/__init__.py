"""De-identification by PS3.15 Annex E: bytes of one object in, bytes of another and a proof out, or a reason.

    table, annex_e.tsv    Table E.1-1 as data; profile says what a chosen profile makes of each of its rows
    pseudonyms            keyed: UIDs, patient numbers, days to shift dates by; the same in every file of a run
    walk                  every attribute, in every nested sequence; echo looks for what is left of the names
    looking               whether pixels may go: raster shows them, burnt finds and blanks written text
    bitstream, graphics   what lies beside the picture in compressed frames, and overlays
    objects               one object; run: files, folders and zips, each object whole or not at all
    proof, summary        what was done, by rule, without a value

What is not in the table but may hold free text, and what the dictionary does not know, goes as well: stricter than
the standard asks. Nothing is imported here.
"""
