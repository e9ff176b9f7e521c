// The form for a new job.

import { call, get, upload } from "./api.js";
import { show } from "./jobs.js";
import { $, element, nameOf } from "./page.js";

let about = null;
let presets = [];
let destIsOurs = true;

function suggestDest() {
  const preset = presets.find(one => one.name === $("preset").value);
  $("preset-description").textContent = preset?.description ?? "";
  if (!destIsOurs || !about || !preset)
    return;
  const source = $("file").files[0]?.name ?? $("source").value.trim();
  const stem = nameOf(source).replace(/\.[^.]*$/, "") || "output";
  $("dest").value = `${about.output_dir}/${stem}-${preset.name}.${preset.extension}`;
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
    const source = file ? await upload(file, done => { $("upload").value = done; }) : $("source").value.trim();
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

export async function startNewJobs() {
  $("new-job").addEventListener("submit", submit);
  $("file").addEventListener("change", suggestDest);
  $("source").addEventListener("input", suggestDest);
  $("preset").addEventListener("change", suggestDest);
  $("dest").addEventListener("input", () => { destIsOurs = $("dest").value === ""; });
  about = await get("/v1/about");
  presets = (await get("/v1/presets")).presets;
  for (const preset of presets) {
    const option = element("option", "", preset.name);
    option.title = preset.description;
    $("preset").append(option);
  }
  $("preset").value = presets.some(one => one.name === "web_720p") ? "web_720p" : presets[0]?.name;
  suggestDest();
}
