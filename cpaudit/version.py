"""The version of the program, which stands in snapshots and reports."""

VERSION = "0.2.0"
