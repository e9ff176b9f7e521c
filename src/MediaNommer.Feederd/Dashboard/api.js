// Calls to the public API, with the key where one is needed. All addresses are relative to the page's own, so that it works
// below any path that a proxy gives it.

import { $ } from "./page.js";

let key = sessionStorage.getItem("api-key");

export class ApiError extends Error {}

export async function call(path, options = {}) {
  // By its header the page is known, and a 401 does not open the browser's own dialog; ours asks.
  const headers = { ...options.headers, "Nommer-Page": "1" };
  if (key)
    headers.Authorization = `Bearer ${key}`;
  const answer = await fetch(path, { ...options, headers, credentials: "same-origin" });
  if (answer.status === 401) {
    await askForKey();
    return call(path, options);
  }
  if (!answer.ok)
    throw new ApiError(await explain(answer));
  return answer;
}

export const get = async path => (await call(path)).json();

async function explain(answer) {
  try {
    return (await answer.json()).detail ?? `HTTP ${answer.status}`;
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
    dialog.oncancel = event => event.preventDefault();
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

// An address of a job's output that a player or a download can use: they cannot send the key.
export async function linkTo(job) {
  const { url } = await (await call(`v1/jobs/${job.id}/link`, { method: "POST" })).json();
  return url.slice(url.lastIndexOf("/v1/files/") + 1);
}

export function upload(file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `v1/uploads?filename=${encodeURIComponent(file.name)}`);
    if (key)
      request.setRequestHeader("Authorization", `Bearer ${key}`);
    request.responseType = "json";
    request.upload.onprogress = event => onProgress(event.loaded);
    request.onload = () => request.status === 201
      ? resolve(request.response.source_path)
      : reject(new ApiError(request.response?.detail ?? `HTTP ${request.status}`));
    request.onerror = () => reject(new ApiError("The upload broke off. Check the connection and try again."));
    request.send(file);
  });
}
