// Making and finding parts of the page, and showing names, times and sizes. Texts are put in as text, never as HTML.

export const $ = id => document.getElementById(id);

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className)
    made.className = className;
  if (text !== undefined)
    made.textContent = text;
  return made;
}

export function button(text, action) {
  const made = element("button", "", text);
  made.type = "button";
  made.onclick = action;
  return made;
}

// Signs that turn the direction of writing around, or cannot be seen, would let a name look like another.
export const visible = text => text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, "\ufffd");

export const nameOf = path => path.split(/[?#]/)[0].split(/[/\\]/).pop() || path;

// All times on the page look like this, in the zone of whoever reads it.
export function timeOf(when) {
  const t = new Date(when);
  const two = number => String(number).padStart(2, "0");
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
}

export function time(when) {
  const made = element("time", "", timeOf(when));
  made.dateTime = when;
  return made;
}

export function lengthOf(seconds) {
  if (seconds < 10)
    return `${Number(seconds.toFixed(1))} s`;
  const s = Math.round(seconds);
  if (s < 60)
    return `${s} s`;
  return s < 3600 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
}

export function sizeOf(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${(bytes / 1000 ** step).toFixed(step ? 1 : 0)} ${units[step]}`;
}

// Size, length and streams of a source or an output.
export function factsOf(facts) {
  const streams = facts.streams.map(stream => typeof stream === "string" ? stream : streamOf(stream)).join(", ");
  return [facts.size && sizeOf(facts.size), facts.duration > 0.1 && lengthOf(facts.duration),
    facts.width && `${facts.width}×${facts.height}`, facts.container?.split(",")[0], streams].filter(Boolean).join(" · ");
}

function streamOf(stream) {
  const traits = [stream.codec, stream.width && `${stream.width}×${stream.height}`, stream.fps && `${Number(stream.fps.toFixed(2))} fps`,
    stream.channels && `${stream.channels} ch`, stream.language].filter(Boolean);
  return `${stream.kind} ${traits.join(" ")}`;
}
