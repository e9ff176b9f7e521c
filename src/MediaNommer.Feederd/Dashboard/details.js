// A dialog with a job's history, its log, or its output.

import { ApiError, call, get, linkTo } from "./api.js";
import { $, element, time } from "./page.js";

const LOG_PAUSE = 2000;

let opened = 0;

function open(title, ...content) {
  opened++;
  $("details-title").textContent = title;
  $("details-body").replaceChildren(...content);
  if (!$("details").open)
    $("details").showModal();
  $("details").scrollTo(0, 0);
  return opened;
}

const isShown = which => which === opened && $("details").open;

$("details").addEventListener("close", () => {
  opened++;
  // A player that is out of sight must not play on.
  $("details-body").replaceChildren();
});

export async function showHistory(id) {
  const table = element("table");
  const head = table.createTHead().insertRow();
  for (const title of ["Time", "State", "Attempt", "What happened"]) {
    const cell = element("th", "", title);
    cell.scope = "col";
    head.append(cell);
  }
  const body = table.createTBody();
  try {
    for (const event of (await get(`v1/jobs/${id}/history`)).events) {
      const row = body.insertRow();
      const attempt = event.attempt ? `${event.attempt} on ${event.worker_id}` : "";
      for (const content of [time(event.at), element("span", `state state-${event.job_state}`, event.job_state), attempt, event.reason])
        row.insertCell().append(content);
    }
    open(`History of ${id}`, table);
  } catch (error) {
    open(`History of ${id}`, element("p", "problem", error.message));
  }
}

// While the job runs, its worker is asked for its log again and again.
export async function showLog(id, isRunning) {
  const text = element("pre");
  text.tabIndex = 0;
  const status = element("p", "hint");
  status.setAttribute("role", "status");
  const which = open(`Log of ${id}`, status, text);
  for (let again = true; again && isShown(which);) {
    again = isRunning();
    await readLog(id, again, text, status);
    if (again)
      await new Promise(resolve => setTimeout(resolve, LOG_PAUSE));
  }
}

async function readLog(id, live, text, status) {
  try {
    const answer = await call(`v1/jobs/${id}/log${live ? "?live=true" : ""}`);
    const log = await answer.text();
    const isAtEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 20;
    if (text.textContent !== log)
      text.textContent = log;
    if (live && isAtEnd)
      text.scrollTop = text.scrollHeight;
    say(status, `Attempt ${answer.headers.get("Nommer-Attempt")}${live ? ", live" : ""}`);
  } catch (error) {
    say(status, live && error instanceof ApiError ? "Waiting for the worker to send its log …" : error.message);
  }
}

function say(status, message) {
  if (status.textContent !== message)
    status.textContent = message;
}

const PICTURES = /\.(jpe?g|png|gif|webp|avif)$/i;

export function kindOf(job) {
  if (!job.output_url)
    return null;
  const streams = job.output?.streams ?? [];
  if (PICTURES.test(job.dest_path))
    return "img";
  return streams.some(stream => stream.startsWith("video:")) ? "video" : streams.length ? "audio" : null;
}

export async function showOutput(job, name) {
  const kind = kindOf(job);
  const player = element(kind, "player");
  const problem = element("p", "problem");
  if (kind === "img")
    player.alt = name;
  else
    player.controls = true;
  const which = open(name, player, problem);
  let mayRenew = true;
  player.onplaying = () => { mayRenew = true; };
  player.onerror = async () => {
    if (!isShown(which))
      return;
    const at = player.currentTime;
    // After some hours the link has expired; a new one goes on where it was.
    if (mayRenew && at > 0) {
      mayRenew = false;
      player.src = await linkTo(job);
      player.currentTime = at;
      player.play();
      return;
    }
    problem.textContent = await whyNot(player.src);
  };
  try {
    player.src = await linkTo(job);
  } catch (error) {
    problem.textContent = error.message;
  }
}

async function whyNot(source) {
  try {
    await call(source, { method: "HEAD" });
    return "This browser cannot show files of this kind. Download it instead.";
  } catch {
    try {
      await get(source);
    } catch (error) {
      return error.message;
    }
  }
  return "The output cannot be shown.";
}

export async function download(job) {
  const link = element("a");
  link.href = `${await linkTo(job)}&download=1`;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}
