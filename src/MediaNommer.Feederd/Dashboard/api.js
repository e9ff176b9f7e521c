// Calls to the public API, with the key where one is needed.

import { $ } from "./page.js";

let key = sessionStorage.getItem("api-key");

export class ApiError extends Error {}

export async function call(path, options = {}) {
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

export const get = async path => (await call(path)).json();

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

export function upload(file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/v1/uploads?filename=${encodeURIComponent(file.name)}`);
    if (key)
      request.setRequestHeader("Authorization", `Bearer ${key}`);
    request.responseType = "json";
    request.upload.onprogress = event => onProgress(event.loaded / file.size);
    request.onload = () => request.status === 201
      ? resolve(request.response.source_path)
      : reject(new ApiError(request.response?.detail ?? `HTTP ${request.status}`));
    request.onerror = () => reject(new ApiError("The upload broke off."));
    request.send(file);
  });
}
