"""A plain but whole register of persons who do not exist, in the delivery formats.

Reading order: `families` and `origins` (what kinds of families there are, as data), `people`
(each person's own life), `paths` (where the family lives), `numbers` (PIN and DUF), then one
module a source (`cpr`, `udb`, `other_sources`), `noise` (bad rows), `files` and `register` (the
door). Every draw is a keyed hash of seed, purpose and entity: never a random generator.
"""
