// The page knows nothing but the public API: what stands here keeps it live, the parts do the rest.

import { ApiError, call } from "./api.js";
import { showFleet } from "./fleet.js";
import { list, show } from "./jobs.js";
import { fillForm, startForm } from "./newjob.js";
import { $, button, timeOf } from "./page.js";

const PAUSE = 1500;
// feederd sends a sign of life every 15 s.
const SILENCE = 40000;

let seenAt = null;

function setAway(error) {
  document.body.classList.toggle("away", Boolean(error));
  $("away").hidden = !error;
  if (!error) {
    seenAt = new Date();
    $("connection").textContent = "live";
    return;
  }
  $("connection").textContent = "not connected";
  const why = error instanceof ApiError ? `feederd refuses: ${error.message}` : "feederd does not answer.";
  const since = seenAt ? ` What you see is of ${timeOf(seenAt)}.` : "";
  const text = `${why}${since} This page tries again by itself.`;
  if ($("away").textContent !== text)
    $("away").textContent = text;
}

// EventSource cannot send a key, so the stream is read by hand.
async function follow(stop) {
  const answer = await call("v1/events", { headers: { Accept: "text/event-stream" }, signal: stop.signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const watchdog = () => setTimeout(() => stop.abort(), SILENCE);
  let timer = watchdog();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done)
        return;
      clearTimeout(timer);
      timer = watchdog();
      seenAt = new Date();
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) {
        const data = event.split("\n").find(text => text.startsWith("data: "));
        if (data)
          show(JSON.parse(data.slice(6)));
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

async function live() {
  for (;;) {
    const stop = new AbortController();
    let error = new Error("The stream ended.");
    try {
      const following = follow(stop);
      following.catch(() => stop.abort());
      await Promise.all([fillForm(), list(true)]);
      setAway(null);
      await following;
    } catch (e) {
      error = e;
    }
    stop.abort();
    setAway(error);
    await new Promise(resolve => setTimeout(resolve, PAUSE));
  }
}

async function renew() {
  try {
    await list(true);
  } catch (error) {
    setAway(error);
  }
}

function start() {
  $("state").addEventListener("change", renew);
  $("more").addEventListener("click", () => list(false).catch(setAway));
  $("all-states").append(button("Show jobs of all states", () => {
    $("state").value = "";
    $("state").focus();
    renew();
  }));
  startForm();
  setInterval(showFleet, 5000);
  showFleet();
  live();
}

start();
