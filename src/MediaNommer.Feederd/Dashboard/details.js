// A job's history or log in a dialog.

import { call, get } from "./api.js";
import { $, element, timeOf } from "./page.js";

function open(title, ...content) {
  $("details-title").textContent = title;
  $("details-body").replaceChildren(...content);
  if (!$("details").open)
    $("details").showModal();
}

export async function showHistory(id) {
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

export async function showLog(id) {
  try {
    open(`Log of ${id}`, element("pre", "", await (await call(`/v1/jobs/${id}/log`)).text()));
  } catch (error) {
    open(`Log of ${id}`, element("p", "", error.message));
  }
}
