"""The presets of 2011 as code: functions that return a job's options, to use as they are or to change.

feederd has presets of its own for today, which are named instead: ``{'preset': 'web_720p'}``.
"""
from media_nommer_api.presets.video_android import android_low
from media_nommer_api.presets.video_basic import web_medium
from media_nommer_api.presets.video_cb import cb_high, cb_low, cb_medium

__all__ = ['android_low', 'cb_high', 'cb_low', 'cb_medium', 'web_medium']
