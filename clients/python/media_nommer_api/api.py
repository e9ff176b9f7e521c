"""The calls of feederd's API."""
import time
import urllib.error

from media_nommer_api.exceptions import InvalidInputError, JobWaitTimeout
from media_nommer_api.server_io import send

#: The states in which a job has ended.
FINISHED_STATES = ('FINISHED', 'ERROR', 'ABANDONED', 'CANCELLED')

# How long feederd may be away, to be restarted for example, while somebody waits for a job.
_OUTAGE_SECONDS = 60.0


class APIConnection:
    """A feederd; made by :func:`media_nommer_api.connect`. May be used by several threads.

    Every call returns an :class:`~media_nommer_api.server_io.APIResponse`, and raises :class:`urllib.error.URLError` when
    feederd cannot be reached or refuses the API key.

    :ivar str api_hostname: Where feederd is.
    """

    def __init__(self, api_hostname, api_key=None, timeout=30.0):
        self.api_hostname = api_hostname.rstrip('/')
        self._api_key = api_key
        self._timeout = timeout

    def job_submit(self, source_path, dest_path, job_options, notify_url=None, **more):
        """Submits a job. When feederd answers with success, the job is stored and survives any crash.

        :param str source_path: A path or address of the file to encode.
        :param str dest_path: The path or address to write to.
        :param dict job_options: What a preset of :mod:`media_nommer_api.presets` returns, options of your own, or
            ``{'preset': 'web_720p'}`` for one of feederd's presets.
        :param str notify_url: An address that feederd calls when the job has ended.
        :param more: Further fields of a job, for example ``priority='high'`` or ``labels=['team=news']``.
        :raises InvalidInputError: One of the first three is empty.
        """
        for name, value in (('source_path', source_path), ('dest_path', dest_path), ('job_options', job_options)):
            if not value:
                raise InvalidInputError('%s is missing' % name)
        return self._send('job/submit', dict(
            more, source_path=source_path, dest_path=dest_path, notify_url=notify_url, job_options=job_options))

    def job_status(self, job_id):
        """Says where a job stands: ``job_state``, ``job_state_details`` and ``progress`` (0 to 1)."""
        return self._send('job/status', {'job_id': job_id})

    def job_list(self, job_state=None, limit=None, cursor=None):
        """Lists jobs, newest first.

        :param str job_state: Only jobs in this state.
        :param int limit: How many at most.
        :param str cursor: The ``cursor`` of the page before, to get the next one.
        """
        wanted = {'job_state': job_state, 'limit': limit, 'cursor': cursor}
        return self._send('job/list', {name: value for name, value in wanted.items() if value is not None})

    def job_cancel(self, job_id):
        """Cancels a job: at once when it waits, as soon as its worker hears of it when it runs."""
        return self._send('job/cancel', {'job_id': job_id})

    def job_wait(self, job_id, timeout=None, interval=1.0, on_progress=None):
        """Waits until a job has ended, and returns its status; look at ``data['job_state']``.

        feederd may be away for a minute meanwhile.

        :param float timeout: The most seconds to wait; without it, as long as the job takes.
        :param float interval: The seconds between two looks.
        :param on_progress: Called with the status after each look.
        :raises JobWaitTimeout: The job had not ended in time.
        """
        started = last_answer = time.monotonic()
        while True:
            status = self._try_status(job_id, last_answer)
            if status is not None:
                last_answer = time.monotonic()
                if on_progress is not None:
                    on_progress(status)
                if not status.is_success() or status.data['job_state'] in FINISHED_STATES:
                    return status
            left = None if timeout is None else timeout - (time.monotonic() - started)
            if left is not None and left <= 0:
                raise JobWaitTimeout('job %s had not ended after %s s' % (job_id, timeout))
            time.sleep(interval if left is None else min(interval, left))

    def _try_status(self, job_id, last_answer):
        try:
            return self.job_status(job_id)
        except urllib.error.HTTPError as error:
            refused = error.code < 500
            error.close()
            if refused:
                raise
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if time.monotonic() - last_answer > _OUTAGE_SECONDS:
                raise
        return None

    def _send(self, path, data):
        return send('%s/%s' % (self.api_hostname, path), data, self._api_key, self._timeout)
