"""What this client raises. Trouble with the network is raised as :mod:`urllib.error` has it."""


class MediaNommerError(Exception):
    """The base of this client's errors."""


class InvalidInputError(MediaNommerError, ValueError):
    """A call lacks something that feederd needs."""


class JobWaitTimeout(MediaNommerError, TimeoutError):
    """A job had not ended when the time to wait for it was over. It goes on all the same."""
