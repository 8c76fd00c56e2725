"""The formats blocklists come in: one line of text to what it says.

Every format is a module with a reader. In: one line, without its line end. Out: the entries it
holds, and a problem for each part that cannot be used. Rules: a reader never raises; a comment is
no entry and no problem; what a line means is what the program the format belongs to does with it
(docs/blocklists.md has the table).
"""
