"""Video for the web."""
from media_nommer_api.presets.two_pass import two_pass


def web_medium():
    """640 pixels wide at 400 kbit/s, stereo at 128 kbit/s."""
    return two_pass(
        video=[('threads', 0), ('b', '400k'), ('vf', "yadif,scale='640:trunc(ow/a/2)*2'")],
        sound=[('ab', '128k'), ('ar', '48000'), ('ac', '2')])
