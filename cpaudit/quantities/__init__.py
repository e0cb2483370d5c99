"""Units of measurement: every spelling that a heading, a cell, an indicator or an option may carry, and exact conversion.

:mod:`spellings` tells what a text means without loading pint; :mod:`conversion` asks pint how far two units lie apart.
"""
