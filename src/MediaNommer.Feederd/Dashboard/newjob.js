// The form for a new job.

import { call, get, upload } from "./api.js";
import { show } from "./jobs.js";
import { $, element, nameOf, sizeOf } from "./page.js";

let about = null;
let presets = [];
let destIsOurs = true;
let folder = newFolder();

// A folder that is this job's alone, so that no proposal ever meets an older output.
function newFolder() {
  return [...crypto.getRandomValues(new Uint8Array(5))].map(byte => byte.toString(16).padStart(2, "0")).join("");
}

function suggestDest() {
  const preset = presets.find(one => one.name === $("preset").value);
  $("preset-description").textContent = preset?.description ?? "";
  if (!destIsOurs || !about || !preset)
    return;
  const source = $("file").files[0]?.name ?? $("source").value.trim();
  const stem = nameOf(source).replace(/\.[^.]*$/, "") || "output";
  $("dest").value = `${about.output_dir}/${folder}/${stem}-${preset.name}.${preset.extension}`;
}

function say(text, isProblem) {
  $("answer").textContent = text;
  $("answer").className = isProblem ? "problem" : "";
}

function send(file) {
  return upload(file, sent => {
    $("upload").value = file.size ? sent / file.size : 1;
    const percent = Math.floor(100 * sent / Math.max(1, file.size));
    $("upload-text").textContent = sent < file.size
      ? `${percent} %, ${sizeOf(sent)} of ${sizeOf(file.size)}`
      : "All is sent; feederd stores it …";
  });
}

function showUpload(isShown) {
  $("submit").disabled = isShown !== null;
  $("upload").hidden = $("upload-text").hidden = !isShown;
  $("upload").value = 0;
  $("upload-text").textContent = "";
}

async function submit(event) {
  event.preventDefault();
  const file = $("file").files[0];
  if (!file && !$("source").value.trim())
    return say("Choose a file, or name a path or address.", true);
  showUpload(Boolean(file));
  say(file ? "Uploading …" : "Submitting …");
  try {
    const source = file ? await send(file) : $("source").value.trim();
    const job = { source_path: source, dest_path: $("dest").value.trim(), job_options: { preset: $("preset").value } };
    if ($("overwrite").checked)
      job.if_exists = "overwrite";
    const answer = await call("v1/jobs", {
      method: "POST", body: JSON.stringify(job), headers: { "Content-Type": "application/json" },
    });
    const { id } = await answer.json();
    say(`Submitted as ${id}.`);
    $("file").value = "";
    $("source").value = "";
    $("overwrite").checked = false;
    folder = newFolder();
    destIsOurs = true;
    suggestDest();
    show(await get(`v1/jobs/${id}`));
  } catch (error) {
    say(error.message, true);
  } finally {
    showUpload(null);
  }
}

export function startForm() {
  $("new-job").addEventListener("submit", submit);
  $("file").addEventListener("change", suggestDest);
  $("source").addEventListener("input", suggestDest);
  $("preset").addEventListener("change", suggestDest);
  $("dest").addEventListener("input", () => { destIsOurs = $("dest").value === ""; });
}

// Asks what the form needs to know, until it knows.
export async function fillForm() {
  if (presets.length)
    return;
  about = await get("v1/about");
  presets = (await get("v1/presets")).presets;
  for (const preset of presets) {
    const option = element("option", "", preset.name);
    option.title = preset.description;
    $("preset").append(option);
  }
  $("preset").value = presets.some(one => one.name === "web_720p") ? "web_720p" : presets[0]?.name;
  suggestDest();
}
