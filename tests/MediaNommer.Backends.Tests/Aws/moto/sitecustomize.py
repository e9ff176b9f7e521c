"""Read by Python before moto starts.

moto answers each request in a thread of its own and locks nothing: between the check of a condition and the write that
follows, another request may write, too. So a thread keeps the interpreter until it waits for something by itself.

And moto ends with the tests, however they end: then its standard input is closed.
"""
import os
import sys
import threading


def end_with_the_tests():
    sys.stdin.buffer.read()
    os._exit(0)


sys.setswitchinterval(3600)
threading.Thread(target=end_with_the_tests, daemon=True).start()
