"""OpenStack Swift with its S3 API, all four servers in one process, for the tests.

    swift_server.py FOLDER PORT KEY

The access key id is "test:tester", KEY its secret. Serves on 127.0.0.1:PORT.
"""
import os
import sys

import eventlet
import eventlet.patcher
from swift.common import utils

eventlet.hubs.use_hub(utils.get_hub())
eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)

import eventlet.tpool  # noqa: E402
import eventlet.wsgi  # noqa: E402
from swift.common.ring.builder import RingBuilder  # noqa: E402
from swift.common.storage_policy import reload_storage_policies  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

folder, port, key = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def main():
    os.makedirs(os.path.join(folder, "devices", "d1"), exist_ok=True)
    write("swift.conf", "[swift-hash]\nswift_hash_path_suffix = test\n[storage-policy:0]\nname = one\ndefault = yes\n")
    utils.SWIFT_CONF_FILE = os.path.join(folder, "swift.conf")
    utils.HASH_PATH_SUFFIX, utils.HASH_PATH_PREFIX = b"test", b""
    reload_storage_policies()
    sockets = {}
    for kind in ("account", "container", "object"):
        sockets[kind] = eventlet.listen(("127.0.0.1", 0))
        ring = RingBuilder(2, 1, 0)
        ring.add_dev({"id": 0, "region": 1, "zone": 1, "weight": 1, "ip": "127.0.0.1",
                      "port": sockets[kind].getsockname()[1], "device": "d1"})
        ring.rebalance()
        ring.get_ring().save(os.path.join(folder, kind + ".ring.gz"))
    for kind in sockets:
        conf = write(kind + ".conf", f"""
[DEFAULT]
devices = {folder}/devices
mount_check = false
swift_dir = {folder}
log_level = CRITICAL
[app:main]
use = egg:swift#{kind}
""")
        serve(sockets[kind], conf)
    conf = write("proxy.conf", f"""
[DEFAULT]
swift_dir = {folder}
log_level = CRITICAL
[pipeline:main]
pipeline = catch_errors cache s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = {key} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
""")
    serve(eventlet.listen(("127.0.0.1", port)), conf)
    # Ends with the tests, however they end: then its standard input is closed.
    eventlet.tpool.execute(sys.stdin.read)


def serve(socket, conf):
    app = loadapp(conf, global_conf={"log_name": "test"})
    eventlet.spawn(eventlet.wsgi.server, socket, app, log=open(os.devnull, "w"), log_output=False)


main()
