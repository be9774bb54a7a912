"""What the tables cannot say: matching forms of text, phones, places, codes, and what is new on the wire. Pure.

Imports `kit`, `models`, `errors`. Everything here answers values; nothing reads a clock or a socket.
"""
