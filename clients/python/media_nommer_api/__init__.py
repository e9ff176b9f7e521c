"""Submits encoding jobs to feederd, media-nommer's orchestrator, and follows them.

The entry points are those of the Python client of 2011, so that programs written for it go on working::

    import media_nommer_api
    from media_nommer_api.presets.video_basic import web_medium

    api = media_nommer_api.connect('http://localhost:8001')
    response = api.job_submit('/srv/in/holiday.mov', '/srv/out/holiday.mp4', web_medium())
    job_id = response.data['job_id']
    print(api.job_wait(job_id).data['job_state'])
"""
from media_nommer_api.api import FINISHED_STATES, APIConnection
from media_nommer_api.exceptions import InvalidInputError, JobWaitTimeout, MediaNommerError
from media_nommer_api.server_io import APIResponse

__all__ = [
    'connect', 'APIConnection', 'APIResponse', 'FINISHED_STATES', 'InvalidInputError', 'JobWaitTimeout', 'MediaNommerError',
]


def connect(api_hostname, api_key=None, timeout=30.0):
    """Returns an :class:`APIConnection`; asks nothing of the network yet.

    :param str api_hostname: Where feederd is, for example ``http://localhost:8001``; a path in it is kept.
    :param str api_key: One of feederd's API keys, where it asks for one.
    :param float timeout: Seconds that one call may wait for feederd.
    """
    return APIConnection(api_hostname, api_key=api_key, timeout=timeout)
