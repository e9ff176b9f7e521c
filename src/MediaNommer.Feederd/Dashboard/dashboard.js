// The page knows nothing but the public API. Whatever comes from there is put in as text, never as HTML.

const $ = id => document.getElementById(id);
const ENDED = new Set(["FINISHED", "ERROR", "ABANDONED", "CANCELLED"]);
const RETRYABLE = new Set(["ERROR", "ABANDONED", "CANCELLED"]);
const FAILED = new Set(["ERROR", "ABANDONED"]);
const PAGE = 30;

let key = sessionStorage.getItem("api-key");
let about = null;
let presets = [];
let destIsOurs = true;
let cursor = null;
const rows = new Map();

// ---- the API

class ApiError extends Error {}

async function call(path, options = {}) {
  const headers = { ...options.headers };
  if (key)
    headers.Authorization = `Bearer ${key}`;
  // Without credentials, a 401 does not open the browser's own dialog; ours asks.
  const answer = await fetch(path, { ...options, headers, credentials: "omit" });
  if (answer.status === 401) {
    await askForKey();
    return call(path, options);
  }
  if (!answer.ok)
    throw new ApiError(await explain(answer));
  return answer;
}

const get = async path => (await call(path)).json();

async function explain(answer) {
  try {
    return (await answer.json()).detail;
  } catch {
    return `HTTP ${answer.status}`;
  }
}

let asking = null;

function askForKey() {
  asking ??= new Promise(resolve => {
    const dialog = $("key-dialog");
    if (key)
      $("key-hint").textContent = "That key was refused. Try another.";
    dialog.addEventListener("cancel", event => event.preventDefault());
    $("key-form").onsubmit = () => {
      key = $("key").value;
      sessionStorage.setItem("api-key", key);
      asking = null;
      resolve();
    };
    dialog.showModal();
  });
  return asking;
}

// ---- small things

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className)
    made.className = className;
  if (text !== undefined)
    made.textContent = text;
  return made;
}

const nameOf = path => path.split(/[?#]/)[0].split(/[/\\]/).pop() || path;

const timeOf = text => new Date(text).toLocaleString();

function lengthOf(seconds) {
  const s = Math.round(seconds);
  if (s < 60)
    return `${s} s`;
  return s < 3600 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
}

function sizeOf(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${(bytes / 1000 ** step).toFixed(step ? 1 : 0)} ${units[step]}`;
}

// ---- new job

function suggestDest() {
  const preset = presets.find(one => one.name === $("preset").value);
  $("preset-description").textContent = preset?.description ?? "";
  if (!destIsOurs || !about || !preset)
    return;
  const source = $("file").files[0]?.name ?? $("source").value.trim();
  const stem = nameOf(source).replace(/\.[^.]*$/, "") || "output";
  $("dest").value = `${about.output_dir}/${stem}-${preset.name}.${preset.extension}`;
}

function upload(file) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/v1/uploads?filename=${encodeURIComponent(file.name)}`);
    if (key)
      request.setRequestHeader("Authorization", `Bearer ${key}`);
    request.responseType = "json";
    request.upload.onprogress = event => { $("upload").value = event.loaded / file.size; };
    request.onload = () => request.status === 201
      ? resolve(request.response.source_path)
      : reject(new ApiError(request.response?.detail ?? `HTTP ${request.status}`));
    request.onerror = () => reject(new ApiError("The upload broke off."));
    request.send(file);
  });
}

function say(text, isProblem) {
  $("answer").textContent = text;
  $("answer").className = isProblem ? "problem" : "";
}

async function submit(event) {
  event.preventDefault();
  const file = $("file").files[0];
  if (!file && !$("source").value.trim())
    return say("Choose a file, or name a path or address.", true);
  $("submit").disabled = true;
  $("upload").hidden = !file;
  say(file ? "Uploading …" : "Submitting …");
  try {
    const source = file ? await upload(file) : $("source").value.trim();
    const job = { source_path: source, dest_path: $("dest").value.trim(), job_options: { preset: $("preset").value } };
    const answer = await call("/v1/jobs", {
      method: "POST", body: JSON.stringify(job), headers: { "Content-Type": "application/json" },
    });
    const { id } = await answer.json();
    say(`Submitted as ${id}.`);
    $("file").value = "";
    $("source").value = "";
    destIsOurs = true;
    suggestDest();
    show(await get(`/v1/jobs/${id}`));
  } catch (error) {
    say(error.message, true);
  } finally {
    $("submit").disabled = false;
    $("upload").hidden = true;
    $("upload").value = 0;
  }
}

// ---- jobs

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

function button(text, action) {
  const made = element("button", "", text);
  made.type = "button";
  made.onclick = action;
  return made;
}

function show(job) {
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

async function list(fresh) {
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

// ---- details

function open(title, ...content) {
  $("details-title").textContent = title;
  $("details-body").replaceChildren(...content);
  if (!$("details").open)
    $("details").showModal();
}

async function showHistory(id) {
  const table = element("table");
  const head = table.createTHead().insertRow();
  for (const title of ["Time", "State", "Attempt", "What happened"])
    head.append(element("th", "", title));
  const body = table.createTBody();
  const line = cells => cells.forEach((text, i) => {
    const cell = body.rows[body.rows.length - 1].insertCell();
    cell.append(i === 1 ? element("span", `state state-${text}`, text) : text);
  });
  for (const event of (await get(`/v1/jobs/${id}/history`)).events) {
    body.insertRow();
    const attempt = event.attempt ? `${event.attempt} on ${event.worker_id}` : "";
    line([timeOf(event.at), event.job_state, attempt, event.reason]);
  }
  open(`History of ${id}`, table);
}

async function showLog(id) {
  try {
    open(`Log of ${id}`, element("pre", "", await (await call(`/v1/jobs/${id}/log`)).text()));
  } catch (error) {
    open(`Log of ${id}`, element("p", "", error.message));
  }
}

async function showFleet() {
  try {
    const [fleet, { nodes }] = await Promise.all([get("/v1/fleet"), get("/v1/nodes")]);
    const working = nodes.filter(node => node.responding && node.state === "ACTIVE").length;
    $("fleet").textContent = `${working} ${working === 1 ? "worker" : "workers"}. ${fleet.last_decision?.reason ?? ""}`;
  } catch {
    $("fleet").textContent = "";
  }
}

// ---- events

// EventSource cannot send a key, so the stream is read by hand.
async function follow() {
  const answer = await call("/v1/events", { headers: { Accept: "text/event-stream" } });
  $("connection").textContent = "live";
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done)
      return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = event.split("\n").find(text => text.startsWith("data: "));
      if (data)
        show(JSON.parse(data.slice(6)));
    }
  }
}

async function live() {
  for (;;) {
    try {
      const following = follow();
      await list(true);
      await following;
    } catch (error) {
      console.debug(error);
    }
    $("connection").textContent = "feederd does not answer; trying again …";
    await new Promise(resolve => setTimeout(resolve, 1500));
  }
}

async function start() {
  $("new-job").addEventListener("submit", submit);
  $("file").addEventListener("change", suggestDest);
  $("source").addEventListener("input", suggestDest);
  $("preset").addEventListener("change", suggestDest);
  $("dest").addEventListener("input", () => { destIsOurs = $("dest").value === ""; });
  $("state").addEventListener("change", () => list(true));
  $("more").addEventListener("click", () => list(false));
  about = await get("/v1/about");
  presets = (await get("/v1/presets")).presets;
  for (const preset of presets) {
    const option = element("option", "", preset.name);
    option.title = preset.description;
    $("preset").append(option);
  }
  $("preset").value = presets.some(one => one.name === "web_720p") ? "web_720p" : presets[0]?.name;
  suggestDest();
  setInterval(showFleet, 5000);
  showFleet();
  await live();
}

start();
