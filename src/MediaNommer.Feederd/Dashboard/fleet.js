// One line about the workers, in plain words.

import { get } from "./api.js";
import { $ } from "./page.js";

const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

function describe(fleet, nodes) {
  const active = nodes.filter(node => node.responding && node.state === "ACTIVE");
  const leaving = nodes.filter(node => node.responding && node.state === "DRAINING").length;
  const starting = fleet.members.filter(member => member.state === "STARTING").length;
  const places = active.reduce((sum, node) => sum + node.slots, 0);
  const busy = active.reduce((sum, node) => sum + node.running.length, 0);
  const waiting = fleet.workload.PENDING ?? 0;
  const parts = [];
  if (active.length)
    parts.push(`${count(active.length, "worker is", "workers are")} ready: ${busy ? count(busy, "job runs", "jobs run") : "no job runs"} now, ${places} can at a time.`);
  else if (starting)
    parts.push("No worker is ready yet.");
  else
    parts.push("No worker is running, so jobs wait. Start one with “nommer nommerd”, or let “nommer up” do it.");
  if (starting)
    parts.push(`${count(starting, "worker is", "workers are")} starting.`);
  if (leaving)
    parts.push(`${count(leaving, "worker finishes its jobs and leaves", "workers finish their jobs and leave")}.`);
  if (waiting)
    parts.push(`${count(waiting, "job waits", "jobs wait")}.`);
  if (fleet.problem)
    parts.push(fleet.problem);
  return parts.join(" ");
}

export async function showFleet() {
  try {
    const [fleet, { nodes }] = await Promise.all([get("v1/fleet"), get("v1/nodes")]);
    $("fleet").textContent = describe(fleet, nodes);
    $("fleet").title = fleet.last_decision ? `The scaler's last decision: ${fleet.last_decision.reason}` : "";
  } catch {
    // The banner says it; what is known of the workers stays.
  }
}
