// The list of jobs: a row for each, renewed whenever there is news of it.

import { call, get } from "./api.js";
import { showHistory, showLog } from "./details.js";
import { $, button, element, lengthOf, nameOf, sizeOf, timeOf } from "./page.js";

const ENDED = new Set(["FINISHED", "ERROR", "ABANDONED", "CANCELLED"]);
const RETRYABLE = new Set(["ERROR", "ABANDONED", "CANCELLED"]);
const FAILED = new Set(["ERROR", "ABANDONED"]);
const PAGE = 30;

const rows = new Map();
let cursor = null;

function newRow(id) {
  const item = element("li");
  const row = {
    item,
    name: element("span", "job-name"),
    state: element("span", "state"),
    when: element("span", "hint"),
    paths: element("div", "job-paths hint"),
    why: element("div", "job-why"),
    bar: element("progress"),
    pace: element("div", "hint"),
    actions: element("div", "job-actions"),
    buttons: {
      cancel: button("Cancel", () => act(row, `/v1/jobs/${id}`, "DELETE")),
      retry: button("Retry", () => act(row, `/v1/jobs/${id}/retry`, "POST")),
      history: button("History", () => showHistory(id)),
      log: button("Log", () => showLog(id)),
    },
  };
  row.bar.max = 1;
  const head = element("div", "job-head");
  head.append(row.name, row.state, row.when);
  row.actions.append(...Object.values(row.buttons));
  item.append(head, row.paths, row.bar, row.pace, row.why, row.actions);
  item.dataset.id = id;
  return row;
}

export function show(job) {
  const wanted = $("state").value;
  if (wanted && job.job_state !== wanted) {
    rows.get(job.id)?.item.remove();
    rows.delete(job.id);
    return countRows();
  }
  let row = rows.get(job.id);
  if (!row) {
    row = newRow(job.id);
    rows.set(job.id, row);
    place(row.item);
  }
  const running = !ENDED.has(job.job_state) && job.job_state !== "PENDING";
  row.name.textContent = nameOf(job.source_path);
  row.state.textContent = job.job_state;
  row.state.className = `state state-${job.job_state}`;
  row.when.textContent = [job.preset, timeOf(job.created_at)].filter(Boolean).join(" · ");
  row.paths.textContent = `${job.source_path} → ${job.dest_path}`;
  row.bar.hidden = !running;
  row.bar.value = job.progress;
  row.bar.setAttribute("aria-label", `Progress of ${nameOf(job.source_path)}`);
  row.pace.textContent = paceOf(job, running);
  row.why.textContent = job.wait_reason ?? job.job_state_details ?? "";
  row.why.className = FAILED.has(job.job_state) ? "job-why problem" : "job-why hint";
  row.buttons.cancel.hidden = ENDED.has(job.job_state);
  row.buttons.cancel.disabled = job.cancel_requested;
  row.buttons.retry.hidden = !RETRYABLE.has(job.job_state);
  row.buttons.log.hidden = job.attempt === 0;
  countRows();
}

function paceOf(job, running) {
  if (job.output)
    return [sizeOf(job.output.size), job.output.duration && lengthOf(job.output.duration),
      job.output.width && `${job.output.width}×${job.output.height}`, job.output.streams.join(", ")].filter(Boolean).join(" · ");
  if (!running)
    return "";
  return [`${(job.progress * 100).toFixed(1)} %`, job.fps && `${job.fps.toFixed(0)} frames/s`,
    job.speed && `${job.speed.toFixed(2)}×`, job.seconds_left != null && `${lengthOf(job.seconds_left)} left`,
    `attempt ${job.attempt} on ${job.worker_id}`, job.cancel_requested && "being cancelled"].filter(Boolean).join(" · ");
}

// Ids grow with time: newest first is the order of ids, backwards.
function place(item) {
  const next = [...$("jobs").children].find(other => other.dataset.id < item.dataset.id);
  $("jobs").insertBefore(item, next ?? null);
}

function countRows() {
  $("no-jobs").hidden = rows.size > 0;
}

async function act(row, path, method) {
  try {
    show(await (await call(path, { method })).json());
  } catch (error) {
    row.why.textContent = error.message;
    row.why.className = "job-why problem";
  }
}

export async function list(fresh) {
  if (fresh) {
    cursor = null;
    rows.clear();
    $("jobs").replaceChildren();
  }
  const query = new URLSearchParams({ limit: PAGE });
  if ($("state").value)
    query.set("state", $("state").value);
  if (cursor)
    query.set("cursor", cursor);
  const page = await get(`/v1/jobs?${query}`);
  page.jobs.forEach(show);
  cursor = page.cursor;
  $("more").hidden = !cursor;
  countRows();
}
