"use strict";
// Shows the samples that lie in the page. Whatever a model, dataset or plugin wrote becomes text nodes, never markup.
(() => {
  const ROW = 52; // Height of a row, as in the style.
  const MARGIN = 10; // Rows kept above and below those in sight.
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const samples = data.samples;
  const list = byId("list"), rows = byId("rows"), detail = byId("sample"), count = byId("count"), search = byId("q");
  const selects = { partition: byId("partition"), metric: byId("metric"), verdict: byId("verdict") };
  let shown = samples; // Samples that the filters leave.
  let current = -1; // Position in `shown`.

  // Makes an element; children are elements or text.
  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes ?? {})) {
      if (value !== undefined && value !== false) element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== undefined && child !== ""));
    return element;
  }
  const badge = (verdict) => make("span", { class: `badge ${verdict}` }, verdict);
  const plural = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

  // Filters

  function haystack(sample) {
    sample.haystack ??= [
      sample.id, ...(sample.tags ?? []), sample.fault ?? "", ...sample.texts.map((text) => text.text),
      ...sample.scores.flatMap((score) => [
        score.headline ?? "", score.fault ?? "",
        ...(score.findings ?? []).map((finding) => `${finding.rule} ${finding.message}`),
      ]),
    ].join("\n").toLowerCase();
    return sample.haystack;
  }

  // With a metric, the verdict is the metric's own; without one, the sample's.
  function verdictOf(sample, metric) {
    return metric ? sample.scores.find((score) => score.metric === metric)?.verdict : sample.verdict;
  }

  function matches(sample, filter) {
    if (filter.partition && sample.partition !== filter.partition) return false;
    const verdict = verdictOf(sample, filter.metric);
    if (verdict === undefined || (filter.verdict && verdict !== filter.verdict)) return false;
    return filter.q.every((word) => haystack(sample).includes(word));
  }

  function readFilter() {
    return {
      q: search.value.toLowerCase().split(/\s+/).filter(Boolean),
      partition: selects.partition.value, metric: selects.metric.value, verdict: selects.verdict.value,
    };
  }

  // Fills a select with the values that the other filters leave, and how many samples each has.
  function fill(select, all, counts, order) {
    const value = select.value;
    const names = [...new Set([...order.filter((name) => counts.has(name)), ...counts.keys(), ...(value ? [value] : [])])];
    const options = names.map((name) => make("option", { value: name }, `${name} (${counts.get(name) ?? 0})`));
    select.replaceChildren(make("option", { value: "" }, all), ...options);
    select.value = value;
  }

  function tally(filter, key, names) {
    const counts = new Map();
    for (const sample of samples) {
      if (!matches(sample, { ...filter, [key]: "" })) continue;
      for (const name of names(sample)) {
        if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
    return counts;
  }

  function apply(keep) {
    const filter = readFilter();
    fill(selects.partition, "All partitions", tally(filter, "partition", (sample) => [sample.partition]),
      ["golden", "regression", "adversarial", "distribution"]);
    fill(selects.verdict, "All verdicts", tally(filter, "verdict", (sample) => [verdictOf(sample, filter.metric)]),
      ["fail", "faulted", "pass", "unjudged", "skipped"]);
    const ofMetric = (sample) =>
      sample.scores.filter((score) => !filter.verdict || score.verdict === filter.verdict).map((score) => score.metric);
    fill(selects.metric, "All metrics", tally({ ...filter, verdict: "" }, "metric", ofMetric), []);

    const before = keep ?? shown[current]?.id;
    shown = samples.filter((sample) => matches(sample, filter));
    const embedded = samples.length < data.total ? `, the first ${samples.length.toLocaleString("en")} are in this page` : "";
    count.textContent = `${shown.length.toLocaleString("en")} of ${plural(data.total, "sample")}${embedded}`;
    rows.style.height = `${shown.length * ROW}px`;
    const found = shown.findIndex((sample) => sample.id === before);
    list.scrollTop = 0;
    select(found >= 0 ? found : shown.length ? 0 : -1);
  }

  // The address says what is shown, so that it can be sent to somebody.
  function remember() {
    const state = new URLSearchParams();
    if (search.value) state.set("q", search.value);
    for (const [name, element] of Object.entries(selects)) {
      if (element.value) state.set(name, element.value);
    }
    if (current > 0 && shown[current]) state.set("sample", shown[current].id);
    const hash = state.toString();
    if (hash !== location.hash.slice(1)) history.replaceState(null, "", `#${hash}`);
  }

  function restore() {
    const state = new URLSearchParams(location.hash.slice(1));
    search.value = state.get("q") ?? "";
    for (const [name, element] of Object.entries(selects)) {
      const value = state.get(name) ?? "";
      if (value) element.append(make("option", { value }, value));
      element.value = value;
    }
    apply(state.get("sample") ?? undefined);
  }

  // List

  let frame = 0;
  function draw() {
    frame = 0;
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - MARGIN);
    const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + MARGIN);
    const visible = [];
    for (let index = first; index < last; index++) {
      const sample = shown[index];
      const row = make("div", {
        class: `row ${sample.verdict}`, id: `row-${index}`, role: "option", "aria-selected": String(index === current),
        "aria-setsize": shown.length, "aria-posinset": index + 1, "data-index": index,
      }, make("div", {}, make("b", {}, sample.id), badge(sample.verdict)),
      make("small", { dir: "auto" }, `${sample.partition} · ${(sample.texts[0]?.text ?? "").slice(0, 120)}`));
      row.style.top = `${index * ROW}px`;
      visible.push(row);
    }
    rows.replaceChildren(...visible);
    if (current >= first && current < last) list.setAttribute("aria-activedescendant", `row-${current}`);
    else list.removeAttribute("aria-activedescendant");
  }
  const redraw = () => { frame ||= requestAnimationFrame(draw); };

  function select(index) {
    current = index;
    const sample = shown[index];
    if (sample) {
      const top = index * ROW;
      if (top < list.scrollTop) list.scrollTop = top;
      else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
      detail.replaceChildren(...show(sample));
    } else {
      detail.replaceChildren(make("p", {}, samples.length ? "No sample matches." : "There are no samples."));
    }
    detail.scrollTop = 0;
    draw();
    remember();
  }

  const move = (by) => shown.length && select(Math.min(shown.length - 1, Math.max(0, current + by)));

  // One sample

  function show(sample) {
    const title = make("h3", {}, sample.id, " ", badge(sample.verdict));
    const about = make("p", {}, make("small", {},
      [sample.partition, `line ${sample.line} of ${data.dataset}`, ...(sample.tags ?? []).map((tag) => `#${tag}`)].join(" · ")));
    const fault = sample.fault && make("p", { class: "caution" }, sample.fault);
    const scores = (title, wanted) => {
      const boxes = sample.scores.map((score, index) => wanted(score) && scoreOf(score, index)).filter(Boolean);
      return boxes.length ? [make("h4", {}, title), ...boxes] : [];
    };
    const bad = (score) => score.verdict === "fail" || score.verdict === "faulted";
    return [
      title, about, fault, ...scores("why", bad),
      ...sample.texts.flatMap((text) => [make("h4", {}, text.label), textOf(text, sample)]),
      ...scores("further scores", (score) => !bad(score)),
    ].filter(Boolean);
  }

  // Cuts a text where a mark begins or ends; what marks share is marked once, with what all of them say.
  function textOf(text, sample) {
    const pre = make("pre", { dir: "auto" });
    const marks = text.marks ?? [];
    const cuts = [...new Set([0, text.text.length, ...marks.flatMap(([start, end]) => [start, end])])].sort((a, b) => a - b);
    const say = ([, , score, finding]) => {
      const found = sample.scores[score].findings[finding];
      return `${sample.scores[score].metric}: ${found.message || found.rule}`;
    };
    const marked = (of, content) => {
      const element = make("mark", { title: of.map(say).join("\n") }, content);
      if (of.some(([, , score]) => sample.scores[score].verdict === "fail")) element.className = "fail";
      element.dataset.of = ` ${of.map(([, , score, finding]) => `${score}/${finding}`).join(" ")} `;
      return element;
    };
    cuts.forEach((start, index) => {
      const empty = marks.filter((mark) => mark[0] === start && mark[1] === start);
      if (empty.length) pre.append(marked(empty, ""));
      const end = cuts[index + 1];
      if (end === undefined) return;
      const content = text.text.slice(start, end);
      const over = marks.filter((mark) => mark[0] <= start && mark[1] >= end);
      pre.append(over.length ? marked(over, content) : content);
    });
    if (text.omitted) pre.append(make("small", {}, `\n… ${plural(text.omitted, "more byte")}`));
    return pre;
  }

  function scoreOf(score, index) {
    const head = make("p", {}, make("b", {}, score.metric), " ", badge(score.verdict), " ",
      score.value === undefined ? "" : make("span", { class: "value" }, score.value));
    const box = make("div", { class: "score" }, head);
    if (score.headline) box.append(make("p", {}, score.headline));
    if (score.fault) box.append(make("p", { class: "caution" }, score.fault));
    const findings = (score.findings ?? []).map((finding, position) => {
      const what = finding.message ? `${finding.rule}: ${finding.message}` : finding.rule;
      if (!finding.where) return make("li", {}, what);
      const button = make("button", { type: "button" }, what, " ", make("small", {}, `in ${finding.where}`));
      button.addEventListener("click", () => light(`${index}/${position}`));
      return make("li", {}, button);
    });
    if (findings.length) box.append(make("ul", {}, ...findings));
    if (score.omitted) box.append(make("p", {}, make("small", {}, `and ${plural(score.omitted, "more finding")}`)));
    const facts = (score.measures ?? []).map(([name, value]) => `${name} ${value}`);
    if (score.fuel) facts.push(`fuel ${score.fuel}`);
    if (facts.length) box.append(make("p", {}, make("small", {}, facts.join(" · "))));
    if (score.log) box.append(make("details", {}, make("summary", {}, "log"), make("pre", {}, score.log.join("\n"))));
    return box;
  }

  function light(key) {
    detail.querySelectorAll("mark.lit").forEach((mark) => mark.classList.remove("lit"));
    const marks = [...detail.querySelectorAll("mark")].filter((mark) => mark.dataset.of.includes(` ${key} `));
    marks.forEach((mark) => mark.classList.add("lit"));
    marks[0]?.scrollIntoView({ block: "center" });
  }

  // Events

  let typing = 0;
  search.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(() => apply(), 120); });
  for (const element of Object.values(selects)) element.addEventListener("change", () => apply());
  byId("filters").addEventListener("submit", (event) => { event.preventDefault(); apply(); list.focus(); });
  byId("filters").addEventListener("reset", (event) => {
    event.preventDefault();
    search.value = "";
    for (const element of Object.values(selects)) element.value = "";
    apply();
  });
  list.addEventListener("scroll", redraw, { passive: true });
  list.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (!row) return;
    select(Number(row.dataset.index));
    // On a narrow screen the sample stands below the list.
    if (matchMedia("(max-width: 50rem)").matches) detail.scrollIntoView({ block: "start" });
  });
  addEventListener("resize", redraw);
  addEventListener("hashchange", () => { restore(); byId("samples").scrollIntoView(); });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inForm = event.target.closest?.("input, select");
    const inList = event.target === list;
    const page = Math.max(1, Math.floor(list.clientHeight / ROW) - 1);
    const keys = {
      j: () => move(1), k: () => move(-1), "/": () => search.select(), Escape: () => list.focus(),
      ...(inList && {
        ArrowDown: () => move(1), ArrowUp: () => move(-1), PageDown: () => move(page), PageUp: () => move(-page),
        Home: () => move(-shown.length), End: () => move(shown.length), Enter: () => detail.focus(),
      }),
    };
    const action = inForm && event.key !== "Escape" ? undefined : keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  // Light or dark

  const themes = ["auto", "light", "dark"], button = byId("theme");
  function dress(theme) {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
  }
  let theme = "auto";
  // A page from a file may have no storage.
  try { theme = themes.find((name) => name === localStorage.getItem("scorebox-theme")) ?? theme; } catch {}
  dress(theme);
  button.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    dress(theme);
    try { localStorage.setItem("scorebox-theme", theme); } catch {}
  });

  restore();
})();
