"""One request and its answer."""
import json
import urllib.request


class APIResponse:
    """What feederd answered.

    :ivar dict data: The answer; ``data['success']`` is True, or False with ``data['error_code']`` and ``data['message']``.
    :ivar str raw_response: The same as text.
    :ivar str url: What was asked.
    """

    def __init__(self, url, raw_response):
        self.url = url
        self.raw_response = raw_response
        self.data = json.loads(raw_response)

    def is_success(self):
        """True when feederd did what it was asked to."""
        return self.data['success']

    def __str__(self):
        return repr(self.data)


def send(url, data, api_key=None, timeout=30.0):
    """Posts data as JSON.

    :raises urllib.error.URLError: feederd cannot be reached, or (as :class:`urllib.error.HTTPError`) refuses the call.
    """
    headers = {'Content-Type': 'application/json', 'Accept': 'application/json'}
    if api_key:
        headers['Authorization'] = 'Bearer ' + api_key
    request = urllib.request.Request(url, json.dumps(data).encode('utf-8'), headers)
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return APIResponse(url, answer.read().decode('utf-8'))
