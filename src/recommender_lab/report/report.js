// Draws the charts, finds users, and shows the lists of the chosen one, or of #user= in the address.
"use strict";
const { charts, lists: data } = JSON.parse(document.getElementById("values").textContent);
const most = 60;
const place = name => document.getElementById(name);
const byId = new Map(data.users.map(user => [user[0], user]));

function make(tag, text, kind) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function item(code, before, after) {
  const [title, genres] = data.items[code];
  const line = make("li", title + after);
  const kinds = genres.map(genre => data.genres[genre]).join(", ");
  line.append(make("small", [before, kinds].filter(Boolean).join(" \u00b7 ")));
  return line;
}

function event([code, rating, day]) {
  const rated = rating === null ? "" : " \u00b7 rated " + rating;
  return item(code, new Date(day * 864e5).toISOString().slice(0, 10), rated);
}

function said(hits, k) {
  if (!hits.length) return "no hit";
  const below = hits.every(rank => rank > k) ? ", below what is shown" : "";
  return "hit at rank " + hits.slice(0, 5).join(", ") + (hits.length > 5 ? " \u2026" : "") + below;
}

function list(policy, codes, hits) {
  const box = make("div");
  box.append(make("h4", policy), make("small", said(hits, codes.length)));
  const lines = make("ol");
  codes.forEach((code, at) => {
    const hit = hits.includes(at + 1);
    const line = item(code, "", hit ? " \u2713 hit" : "");
    if (hit) line.className = "hit";
    lines.append(line);
  });
  box.append(lines);
  return box;
}

function events(title, found) {
  const lines = make("ul", undefined, "events");
  lines.append(...found.map(event));
  return [make("h3", title), lines];
}

function part(shown, all) {
  return shown < all ? shown + " of " + all : String(all);
}

function show(id) {
  const [name, known, heldOut, latest, first, lists, hits] = byId.get(id);
  const boxes = make("div", undefined, "lists");
  boxes.append(...data.policies.map((policy, at) => list(policy, lists[at], hits[at])));
  place("user").replaceChildren(
    make("h3", "User " + name),
    ...events("Held out (" + part(first.length, heldOut) + "): what happened next", first),
    make("h3", "Recommended by each policy"), boxes,
    ...events("History (latest " + part(latest.length, known) + " events)", latest.slice().reverse()));
  for (const button of place("found").children) button.setAttribute("aria-pressed", button.textContent === id);
}

function search() {
  const words = place("search").value.trim().toLowerCase();
  const found = data.users.filter(user => user[0].toLowerCase().includes(words));
  found.sort((a, b) => (b[0].toLowerCase() === words) - (a[0].toLowerCase() === words));
  place("found").replaceChildren(...found.slice(0, most).map(([id]) => {
    const button = make("button", id);
    button.type = "button";
    button.addEventListener("click", () => { location.hash = "user=" + encodeURIComponent(id); });
    return button;
  }));
  const left = found.length - most;
  if (left > 0) place("found").append(make("small", left + " more: type to narrow"));
  if (!found.length) place("found").append(make("small", "no such user here"));
}

function named(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

function follow() {
  if (!location.hash.startsWith("#user=")) return;
  const id = named(location.hash.slice(6));
  if (byId.has(id)) { show(id); return; }
  place("user").replaceChildren(make("p", "User " + id + " is not among those shown.", "note"));
}

// Charts: vega-lite with the colours of the page; `ast` evaluates expressions without eval, which the policy forbids.
function look() {
  const page = getComputedStyle(document.documentElement);
  const [ink, faint, line] = ["--ink", "--faint", "--line"].map(name => page.getPropertyValue(name).trim());
  return {
    background: null,
    font: "system-ui, sans-serif",
    view: { stroke: null },
    axis: { labelColor: ink, titleColor: faint, titleFontWeight: "normal", gridColor: line, domainColor: line, tickColor: line },
    legend: { labelColor: ink, titleColor: faint, orient: "top", columns: 2, symbolStrokeWidth: 2 },
  };
}

let drawn = [];

async function draw() {
  drawn.forEach(one => one.finalize());
  const options = {
    actions: false, ast: true, config: look(), defaultStyle: false, mode: "vega-lite", renderer: "svg",
    tooltip: { disableDefaultStyle: true },
  };
  const places = [...document.querySelectorAll(".chart")];
  drawn = await Promise.all(places.map(one => vegaEmbed(one, charts[one.dataset.chart], options)));
}

function startLists() {
  search();
  if (data.users.length) show(data.users[0][0]);
  follow();
  place("search").addEventListener("input", search);
  addEventListener("hashchange", () => { follow(); scrollToHash(); });
}

function scrollToHash() {
  const name = location.hash.startsWith("#user=") ? "users" : location.hash.slice(1);
  if (name) place(name)?.scrollIntoView();
}

if (place("search")) startLists();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
draw().then(scrollToHash);
