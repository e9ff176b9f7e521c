"""Builds the wheel that ``pip install`` asks for (PEP 517), with nothing but the standard library."""
import base64
import hashlib
import os
import zipfile

NAME = 'media_nommer_api'
VERSION = '1.0.0'
HERE = os.path.dirname(os.path.abspath(__file__))


def _metadata():
    with open(os.path.join(HERE, 'README.md'), encoding='utf-8') as readme:
        return (
            'Metadata-Version: 2.1\nName: media-nommer-api\nVersion: %s\n'
            'Summary: Submits encoding jobs to media-nommer and follows them.\n'
            'Requires-Python: >=3.9\nDescription-Content-Type: text/markdown\n\n%s' % (VERSION, readme.read()))


def _sources():
    for folder, _, files in os.walk(os.path.join(HERE, NAME)):
        for name in sorted(files):
            if name.endswith('.py'):
                path = os.path.join(folder, name)
                with open(path, 'rb') as source:
                    yield os.path.relpath(path, HERE).replace(os.sep, '/'), source.read()


def _record_line(path, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode('ascii')
    return '%s,sha256=%s,%d\n' % (path, digest, len(content))


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Writes the wheel and returns its name; pip calls this."""
    info = '%s-%s.dist-info' % (NAME, VERSION)
    files = list(_sources()) + [
        (info + '/METADATA', _metadata().encode('utf-8')),
        (info + '/WHEEL', b'Wheel-Version: 1.0\nGenerator: build_wheel\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
    ]
    record = ''.join(_record_line(path, content) for path, content in files) + info + '/RECORD,,\n'
    name = '%s-%s-py3-none-any.whl' % (NAME, VERSION)
    with zipfile.ZipFile(os.path.join(wheel_directory, name), 'w', zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files + [(info + '/RECORD', record.encode('utf-8'))]:
            wheel.writestr(path, content)
    return name
