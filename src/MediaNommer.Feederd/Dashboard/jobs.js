// The list of jobs: a row for each, renewed whenever there is news of it.

import { call, get } from "./api.js";
import { download, kindOf, showHistory, showLog, showOutput } from "./details.js";
import { $, button, element, factsOf, lengthOf, nameOf, timeOf, visible } from "./page.js";

const ENDED = new Set(["FINISHED", "ERROR", "ABANDONED", "CANCELLED"]);
const RETRYABLE = new Set(["ERROR", "ABANDONED", "CANCELLED"]);
const FAILED = new Set(["ERROR", "ABANDONED"]);
const VERBS = { video: "Watch", audio: "Listen", img: "View" };
const PAGE = 30;

const rows = new Map();
let cursor = null;
let asked = 0;

const isRunning = job => !ENDED.has(job.job_state) && job.job_state !== "PENDING";

function newRow(id) {
  const item = element("li");
  const row = {
    item,
    job: null,
    name: element("span", "job-name"),
    state: element("span", "state"),
    when: element("span", "hint"),
    paths: element("div", "job-paths hint"),
    source: element("div", "hint"),
    why: element("div", "job-why"),
    bar: element("progress"),
    pace: element("div", "hint"),
    actions: element("div", "job-actions"),
    buttons: {
      play: button("Watch", () => act(row, () => showOutput(row.job, nameOf(row.job.dest_path)))),
      download: button("Download", () => act(row, () => download(row.job))),
      cancel: button("Cancel", () => act(row, () => change(`v1/jobs/${id}`, "DELETE"))),
      retry: button("Retry", () => act(row, () => change(`v1/jobs/${id}/retry`, "POST"))),
      history: button("History", () => showHistory(id)),
      log: button("Log", () => showLog(id, () => isRunning(row.job))),
    },
  };
  row.bar.max = 1;
  const head = element("div", "job-head");
  head.append(row.name, row.state, row.when);
  row.actions.append(...Object.values(row.buttons));
  item.append(head, row.paths, row.source, row.bar, row.pace, row.why, row.actions);
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
  row.job = job;
  const name = visible(nameOf(job.source_path));
  row.name.textContent = name;
  row.state.textContent = job.job_state;
  row.state.className = `state state-${job.job_state}`;
  row.when.textContent = [job.preset, timeOf(job.created_at)].filter(Boolean).join(" · ");
  row.paths.textContent = visible(`${job.source_path} → ${job.dest_path}`);
  row.source.textContent = job.source ? `Source: ${factsOf(job.source)}` : "";
  row.bar.hidden = !isRunning(job);
  row.bar.value = job.progress;
  row.bar.setAttribute("aria-label", `Progress of ${name}`);
  row.pace.textContent = paceOf(job);
  row.why.textContent = visible(job.wait_reason ?? job.job_state_details ?? "");
  row.why.className = FAILED.has(job.job_state) ? "job-why problem" : "job-why hint";
  showButtons(row, job, name);
  countRows();
}

function showButtons({ buttons }, job, name) {
  const kind = kindOf(job);
  buttons.play.hidden = !kind;
  buttons.play.textContent = VERBS[kind] ?? "";
  buttons.download.hidden = !job.output_url;
  buttons.cancel.hidden = ENDED.has(job.job_state);
  buttons.cancel.disabled = job.cancel_requested;
  buttons.retry.hidden = !RETRYABLE.has(job.job_state);
  buttons.log.hidden = job.attempt === 0;
  for (const one of Object.values(buttons))
    one.setAttribute("aria-label", `${one.textContent} ${name}`);
}

function paceOf(job) {
  if (job.output)
    return `Output: ${factsOf(job.output)}`;
  if (!isRunning(job))
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
  const wanted = $("state").value;
  $("no-jobs").hidden = rows.size > 0 || !$("more").hidden;
  $("no-jobs-why").textContent = wanted ? `No job is ${wanted} now.` : "No jobs here yet. Choose a file above to make the first.";
  $("all-states").hidden = !wanted;
}

const change = async (path, method) => show(await (await call(path, { method })).json());

async function act(row, action) {
  try {
    await action();
  } catch (error) {
    row.why.textContent = error.message;
    row.why.className = "job-why problem";
  }
}

// What is on the page stays until there is something newer.
export async function list(fresh) {
  const turn = ++asked;
  const query = new URLSearchParams({ limit: PAGE });
  if ($("state").value)
    query.set("state", $("state").value);
  if (cursor && !fresh)
    query.set("cursor", cursor);
  const page = await get(`v1/jobs?${query}`);
  if (turn !== asked)
    return;
  if (fresh) {
    rows.clear();
    $("jobs").replaceChildren();
  }
  cursor = page.cursor;
  $("more").hidden = !cursor;
  page.jobs.forEach(show);
  countRows();
}
