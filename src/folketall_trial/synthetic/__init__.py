"""A register of persons who do not exist, made to agree with published figures.

Reading order: `calibration` and `fitting` (the figures that must come out), `plan` (whole numbers,
shard by shard), `world` (what is known of a person), `people`, `couples`, `families`, `weddings`
(who there is), `paths` and `events` (where they live, what happens), `identity` (numbers and
names), `cpr`, `udb` and `other_sources` (what each register says), `noise` and `rows` (how it
fails), `truth`, `making` (one shard), `files` and `register` (the door). Every draw is a keyed
hash of seed, purpose and entity: never a random generator.
"""
