"""Video for the web in three sizes, with a key frame at least every 120 frames."""
from media_nommer_api.presets.two_pass import two_pass


def _cb(width, rate, sound_rate):
    return two_pass(
        video=[
            ('b', rate), ('bufsize', rate), ('vf', "yadif,scale='%d:trunc(ow/a/2)*2'" % width),
            ('keyint_min', '60'), ('g', '120'),
        ],
        sound=[('ab', sound_rate), ('async', '480')])


def cb_low():
    """400 pixels wide at 230 kbit/s."""
    return _cb(400, '230k', '96k')


def cb_medium():
    """640 pixels wide at 921 kbit/s."""
    return _cb(640, '921k', '125k')


def cb_high():
    """1280 pixels wide at 2 Mbit/s."""
    return _cb(1280, '2000k', '125k')
