"""Who writes, without anybody being known: keys, seeds, tags, handles, marks, cookies, tickets, words."""
