"""Tables and pictures as a person brings them, made ready to learn from.

read       a file or an object → a frame of raw values
prepare    frame and target → schema, canonical frame, task, metric, and what was decided, in sentences
schema     what the columns are; a later frame brought into the same form
encode     a canonical frame → float32, fitted inside each fold
images     a folder of pictures → arrays
folds      who learns from which rows and is judged on which
warn       leakage, duplicates across folds, drift of a later frame
"""
