// Shows the lists of all policies for one user; what is chosen, rated or not wanted becomes an event.
import { ask, byId, element } from "/page/common.js";

const POLICIES = ["two_stage", "svd", "popularity", "random"];
let ratings = [];
let last = { user: null, items: {} };
let turn = 0;
let isBusy = false;

async function tell(user, answer, item, kind, value) {
  // A minute after the moment of the list, so that a log of other years goes on where it ends.
  const time = new Date(Date.parse(answer.now) + 60000).toISOString();
  const event_id = crypto.randomUUID?.() ?? String(Math.random());
  const event = { event_id, user, item: item.item_id, kind, time, request_id: answer.request_id, rank: item.rank };
  const taken = await ask("/v1/events", value === undefined ? event : { ...event, value });
  if (taken.erased) throw new Error("This user was erased: nothing is kept.");
}

function control(name, text, place, label) {
  const made = element(name, text);
  if (label) made.setAttribute("aria-label", label);
  made.dataset.place = place;
  return made;
}

function row(user, answer, item, policy, isNew) {
  const place = (kind) => `${policy} ${item.rank} ${kind}`;
  const act = (button, said, kind, value) => {
    button.addEventListener("click", (event) => {
      if (event.detail > 1 || isBusy) return; // the second half of a double click would meet another item
      guarded(async () => {
        await tell(user, answer, item, kind, value);
        await show(user, `${said}: ${item.title}. The lists know it.`, button.dataset.place);
      });
    });
    return button;
  };
  const title = act(control("button", item.title, place("title")), "Chosen", "click");
  title.className = "title";
  const rates = ratings.map((value) =>
    act(control("button", String(value), place("rate"), `Rate ${item.title} ${value}`), `Rated ${value}`, "rating", value));
  const rating = element("details", "", control("summary", "Rate", place("rate"), `Rate ${item.title}`), ...rates);
  rating.name = "rating"; // only one is open
  const skip = act(control("button", "Not for me", place("skip"), `Not for me: ${item.title}`), "Not for you", "skip");
  const lines = [[item.genres.join(", "), "genres"], [item.why, "why"], [byId("why").checked && `From ${item.sources.join(", ")}`, "sources"]];
  const made = element("li", "", title);
  if (isNew) made.append(Object.assign(element("span", "new"), { className: "new" }));
  made.append(...lines.filter(([text]) => text).map(([text, className]) => Object.assign(element("small", text), { className })));
  made.append(Object.assign(element("div", "", ...(rates.length ? [rating] : []), skip), { className: "actions" }));
  return made;
}

function list(user, answer, policy) {
  const before = last.user === user && last.items[policy];
  const rows = answer.items.map((item) => row(user, answer, item, policy, before && !before.has(item.item_id)));
  const title = answer.policy === policy ? policy : `${policy}: ${answer.policy} answers, as nothing is known`;
  return Object.assign(element("section", "", element("h2", title), element("ol", "", ...rows)), { id: policy });
}

function past(history) {
  const met = history.items.map((item) => element("li", item.title, element("small", item.genres.join(", "))));
  const count = `History: ${history.events} ${history.events === 1 ? "event" : "events"}`;
  return [element("h2", count + (met.length ? ", newest first" : "")), element("ul", "", ...met)];
}

function focusOn(place) {
  // The control at the same place of the new list; the last title of the list if it has become shorter.
  const [policy] = place.split(" ");
  const found = document.querySelector(`[data-place="${place}"]`) ?? [...document.querySelectorAll(`#${policy} .title`)].pop();
  found?.focus({ preventScroll: true });
}

async function show(user, said = "", place = "") {
  const mine = ++turn;
  const wanted = { user, k: 10, explain: byId("why").checked };
  const answers = await Promise.all(POLICIES.map((policy) => ask("/v1/recommendations", { ...wanted, policy })));
  const history = await ask(`/v1/users/${encodeURIComponent(user)}/history?k=8`);
  if (mine !== turn) return; // a later choice is on its way
  byId("user").value = user;
  byId("history").replaceChildren(...past(history));
  byId("lists").replaceChildren(...answers.map((answer, at) => list(user, answer, POLICIES[at])));
  last = { user, items: Object.fromEntries(answers.map((answer, at) => [POLICIES[at], new Set(answer.items.map((item) => item.item_id))])) };
  byId("state").textContent = said || `Lists of user ${user}.`;
  byId("origin").textContent = `Revision ${answers[0].revision}, as of ${answers[0].now}.`;
  if (place) focusOn(place);
}

async function guarded(work) {
  isBusy = true;
  byId("lists").setAttribute("aria-busy", "true");
  try {
    byId("problem").textContent = "";
    await work();
  } catch (error) {
    byId("problem").textContent = error.message;
  }
  byId("lists").removeAttribute("aria-busy");
  isBusy = false;
}

byId("who").addEventListener("submit", (event) => { event.preventDefault(); guarded(() => show(byId("user").value)); });
byId("why").addEventListener("change", () => guarded(() => show(last.user ?? byId("user").value)));
byId("new").addEventListener("click", () => guarded(() => show(`new ${Math.random().toString(36).slice(2, 8)}`)));

async function start() {
  const choices = await ask("/v1/choices");
  ratings = choices.ratings;
  byId("users").append(...choices.users.map((user) => Object.assign(element("option"), { value: user })));
  await show(String(choices.users[0]));
}
byId("jump").append(...POLICIES.map((policy) => Object.assign(element("a", policy), { href: `#${policy}` })));
guarded(start);
