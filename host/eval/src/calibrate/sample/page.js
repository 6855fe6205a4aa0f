"use strict";
// What a model wrote is put into the page as text nodes only.
const data = JSON.parse(document.getElementById("data").textContent);
const element = (id) => document.getElementById(id);
const note = element("note");
let place = 0;
let unsaved = false;

// Labels survive a closed tab where the browser lets a file remember anything.
const memory = "scorebox label " + data.key;
let given = {};
try {
  given = JSON.parse(localStorage.getItem(memory)) || {};
} catch {
  given = {};
}
const remember = () => {
  unsaved = true;
  try {
    localStorage.setItem(memory, JSON.stringify(given));
  } catch {
    // Saving the file is then the only way to keep them.
  }
};
const of = (sample) => given["id " + sample.id] || { label: "", note: "" };
const give = (changed) => {
  const sample = data.samples[place];
  given["id " + sample.id] = { ...of(sample), ...changed };
  remember();
  status();
};

const block = (title, text, kind) => {
  const head = document.createElement("h2");
  head.textContent = title;
  const body = document.createElement("pre");
  body.textContent = text === "" ? "(empty)" : text;
  body.className = kind;
  body.tabIndex = 0;
  element("sample").append(head, body);
};

const status = () => {
  const sample = data.samples[place];
  for (const button of element("labels").children) {
    button.setAttribute("aria-pressed", String(button.dataset.label === of(sample).label));
  }
  element("place").textContent = `${place + 1} of ${data.samples.length}`;
  const done = data.samples.filter((sample) => of(sample).label !== "").length;
  element("done").textContent = `${done} labelled`;
};

const show = (index) => {
  place = Math.min(Math.max(index, 0), data.samples.length - 1);
  const sample = data.samples[place];
  element("sample").replaceChildren();
  for (const [role, text] of sample.conversation) block(role, text, "turn");
  if (sample.conversation.length === 0) block("input", sample.input, "input");
  sample.context.forEach((text, index) => block(`context ${index + 1}`, text, "context"));
  if (sample.expected !== null) block("expected", sample.expected, "expected");
  block("output", sample.output, "output");
  note.value = of(sample).note;
  status();
};

const unlabelled = () => {
  for (let step = 1; step <= data.samples.length; step++) {
    const index = (place + step) % data.samples.length;
    if (of(data.samples[index]).label === "") return index;
  }
  return place;
};

const label = (name) => {
  const next = name !== "" && of(data.samples[place]).label === "";
  give({ label: name });
  if (next) show(unlabelled());
};

// A cell that no spreadsheet runs.
const cell = (text) => {
  const first = text.replace(/^ +/, "").charAt(0);
  const safe = first !== "" && data.formula.includes(first) ? "'" + text : text;
  return '"' + safe.replaceAll('"', '""') + '"';
};

const save = () => {
  const lines = ["id,label,note"];
  for (const sample of data.samples) {
    lines.push([sample.id, of(sample).label, of(sample).note].map(cell).join(","));
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
  link.download = "labels.csv";
  link.click();
  URL.revokeObjectURL(link.href);
  unsaved = false;
};

const keys = new Map();
data.labels.forEach((name) => {
  const key = name.charAt(0);
  keys.set(key, name);
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.label = name;
  button.textContent = name === key ? name : `${name} (${key})`;
  button.addEventListener("click", () => label(name));
  element("labels").append(button);
  const hint = document.createElement("kbd");
  hint.textContent = key;
  element("keys").append(hint, name === key ? " " : ` ${name}, `);
});

element("previous").addEventListener("click", () => show(place - 1));
element("next").addEventListener("click", () => show(place + 1));
element("save").addEventListener("click", save);
note.addEventListener("input", () => give({ note: note.value }));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target === note) {
    if (event.key === "Escape" || event.key === "Enter") note.blur();
    return;
  }
  const moves = { j: 1, k: -1, ArrowRight: 1, ArrowLeft: -1 };
  if (keys.has(event.key)) label(keys.get(event.key));
  else if (event.key === "0") label("");
  else if (event.key in moves) show(place + moves[event.key]);
  else if (event.key === "u") show(unlabelled());
  else if (event.key === "w") save();
  else if (event.key === "n") note.focus();
  else return;
  event.preventDefault();
});
addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
show(0);
