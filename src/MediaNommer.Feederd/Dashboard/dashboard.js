// The page knows nothing but the public API: what stands here keeps it live, the parts do the rest.

import { call, get } from "./api.js";
import { list, show } from "./jobs.js";
import { startNewJobs } from "./newjob.js";
import { $ } from "./page.js";

async function showFleet() {
  try {
    const [fleet, { nodes }] = await Promise.all([get("/v1/fleet"), get("/v1/nodes")]);
    const working = nodes.filter(node => node.responding && node.state === "ACTIVE").length;
    $("fleet").textContent = `${working} ${working === 1 ? "worker" : "workers"}. ${fleet.last_decision?.reason ?? ""}`;
  } catch {
    $("fleet").textContent = "";
  }
}

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
  $("state").addEventListener("change", () => list(true));
  $("more").addEventListener("click", () => list(false));
  await startNewJobs();
  setInterval(showFleet, 5000);
  showFleet();
  await live();
}

start();
