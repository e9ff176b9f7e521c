"""Video for the Android phones of 2011, which were particular about frame rates and channels."""
from media_nommer_api.presets.two_pass import two_pass


def android_low():
    """640 pixels wide at 300 kbit/s and 30 frames per second, stereo at 128 kbit/s."""
    return two_pass(
        video=[('b', '300k'), ('r', '30'), ('vf', "yadif,scale='640:trunc(ow/a/2)*2'")],
        sound=[('ab', '128k'), ('ar', '48000'), ('async', '480'), ('ac', '2')])
