"""The files of a COPY, read in pieces that are converted in parallel."""
