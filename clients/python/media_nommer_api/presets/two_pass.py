"""What the presets have in common: H.264 baseline in two passes, and MP4 whose index comes first."""

NOMMER = 'media_nommer.ec2nommerd.nommers.ffmpeg.FFmpegNommer'


def two_pass(video, sound):
    """Returns the options of a job.

    :param list video: Options of both passes, as pairs.
    :param list sound: Those of the sound, which the second pass alone encodes.
    """
    common = [('vcodec', 'libx264'), ('preset', 'medium'), ('vprofile', 'baseline')] + video
    return {
        'nommer': NOMMER,
        'options': [
            {'outfile_options': common + [('pass', '1'), ('f', 'mp4'), ('an', None)]},
            {'outfile_options': common + [('pass', '2'), ('acodec', 'libfaac')] + sound + [('f', 'mp4')],
             'move_atom_to_front': True},
        ],
    }
