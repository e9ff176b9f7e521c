-- What wrk sends: one job after the other; and how it tells what came of it.
local body = '{"source_path": "/media/incoming/clip.mov", "dest_path": "/media/outgoing/clip.mp4", '
  .. '"job_options": {"nommer": "ffmpeg", "options": [{"infile_options": [], "outfile_options": '
  .. '[["c:v", "libx264"], ["crf", "23"], ["c:a", "aac"], ["b:a", "96k"]], "move_atom_to_front": true}]}}'
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = body

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "failed": %d, "p50_ms": %.3f, "p99_ms": %.3f, "worst_ms": %.3f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
