"""Read by Python before moto starts.

moto answers each request in a thread of its own and locks nothing: between the check of a condition and the write that
follows, another request may write, too. So a thread keeps the interpreter until it waits for something by itself.
"""
import sys

sys.setswitchinterval(3600)
