"use strict";
// Shows the lists of all policies for one user; a chosen item becomes an event.

const POLICIES = ["two_stage", "svd", "popularity", "random"];
const byId = (id) => document.getElementById(id);
let turn = 0;

async function ask(path, body) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

function element(name, text, ...inner) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...inner);
  return made;
}

async function choose(user, item, answer) {
  // A minute after the moment of the list, so that a log of other years goes on where it ends.
  const time = new Date(Date.parse(answer.now) + 60000).toISOString();
  const event = { event_id: crypto.randomUUID?.() ?? String(Math.random()), user, item: item.item_id, kind: "click", time };
  await ask("/v1/events", { ...event, request_id: answer.request_id, rank: item.rank });
  await show();
}

function list(user, answer, policy) {
  const rows = answer.items.map((item) => {
    const button = element("button", item.title);
    button.addEventListener("click", () => guarded(() => choose(user, item, answer)));
    const lines = [item.genres.join(", "), item.why, item.sources.join(", ")].filter(Boolean);
    return element("li", "", button, ...lines.map((line) => element("small", line)));
  });
  const title = answer.policy === policy ? policy : `${policy}: ${answer.policy} answers, as nothing is known`;
  const section = element("section", "", element("h2", title), element("ol", "", ...rows));
  section.id = policy;
  return section;
}

async function show() {
  const mine = ++turn;
  const user = byId("user").value;
  const wanted = { user, k: 10, explain: byId("why").checked };
  const answers = await Promise.all(POLICIES.map((policy) => ask("/v1/recommendations", { ...wanted, policy })));
  const history = await ask(`/v1/users/${encodeURIComponent(user)}/history?k=15`);
  if (mine !== turn) return; // a later choice is on its way
  const met = history.items.map((item) => element("li", item.title, element("small", item.genres.join(", "))));
  const past = element("section", "", element("h2", `History: ${history.events} events, newest first`), element("ul", "", ...met));
  past.id = "history";
  byId("lists").replaceChildren(past, ...answers.map((answer, at) => list(user, answer, POLICIES[at])));
  byId("state").textContent = `Revision ${answers[0].revision}, as of ${answers[0].now}.`;
}

async function guarded(work) {
  try {
    byId("problem").textContent = "";
    await work();
  } catch (error) {
    byId("problem").textContent = error.message;
  }
}

byId("who").addEventListener("submit", (event) => { event.preventDefault(); guarded(show); });
byId("why").addEventListener("change", () => guarded(show));
byId("new").addEventListener("click", () => {
  byId("user").value = `new ${Math.random().toString(36).slice(2, 8)}`;
  guarded(show);
});

async function start() {
  const { users } = await ask("/v1/choices");
  byId("users").append(...users.map((user) => Object.assign(element("option"), { value: user })));
  byId("user").value = users[0];
  await show();
}
guarded(start);
