"""A copy of rows and objects that can be put back: what lies in a backup's folder, how it is made and how it is read.

backup.json       when, of what, by which version; the SHA-256 of every other file. Written last: without it no backup
database.sqlite   SQLite's own copy of one moment, or
database.dump     pg_dump's, of one moment
objects.jsonl     every object that the rows of that moment speak of: key, SHA-256, bytes, type
objects/KEY       the objects themselves, unless the bucket has copies of its own
files/            the installation's own key and signer
"""
