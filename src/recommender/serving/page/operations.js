// Shows what /v1/operations tells, and asks again every two seconds while the page can be seen.
import { ask, byId, element } from "/page/common.js";

const PAUSE = 2000;
const fixed = (value, digits = 3) => (value == null ? "none" : value.toFixed(digits));
const whole = (value) => value.toLocaleString("en");
const minutes = (time) => time.slice(0, 16).replace("T", " ");
const share = (found) => (found ? `${fixed(found.value)} [${fixed(found.low)}, ${fixed(found.high)}]` : "none");

function put(id, ...made) {
  // What is the same stays, so that nothing flickers and a selection is kept.
  const next = byId(id).cloneNode();
  next.append(...made);
  if (!byId(id).isEqualNode(next)) byId(id).replaceChildren(...next.childNodes);
}

function values(id, pairs) {
  put(id, ...pairs.map(([name, value]) => element("div", "", element("dt", name), element("dd", value))));
}

function table(id, head, rows) {
  if (!rows.length) return put(id, element("p", "None yet."));
  const cells = (row, name) => row.map((text, at) => {
    const cell = element(at ? name : "th", text);
    cell.dataset.name = head[at]; // stands beside the value where a row is no wider than a phone
    return cell;
  });
  const lines = rows.map((row) => element("tr", "", ...cells(row, "td")));
  put(id, element("table", "", element("thead", "", element("tr", "", ...cells(head, "th"))), element("tbody", "", ...lines)));
}

function draw({ minute, arms, users, events, bundle, process, since }) {
  values("minute", [
    ["requests / second", fixed(minute.per_second, 2)],
    ["p50", minute.p50_ms == null ? "none" : `${fixed(minute.p50_ms, 1)} ms`],
    ["p99", minute.p99_ms == null ? "none" : `${fixed(minute.p99_ms, 1)} ms`],
    ["refused (4xx)", whole(minute.refused)],
    ["failed (5xx)", whole(minute.failed)],
  ]);
  table("arms", ["policy", "arm", "answers", "users", "shown", "clicked", "clicked / shown", "items shown / all"],
    arms.map((one) => [one.policy, one.arm ?? "none", whole(one.answers), whole(one.users), whole(one.shown), whole(one.clicked),
      share(one.click_through), fixed(one.coverage)]));
  values("drift", [
    ["users unknown to the bundle", `${whole(users.unknown)} of ${whole(users.asked)}`],
    ["their share (evaluated: 0)", share(users.unknown_share)],
    ["answers by popularity, as nothing is known", whole(users.fallbacks)],
    ["events since the last training", whole(events.since_training)],
    ["more events, of items unknown to the bundle", whole(events.unknown_items)],
    ["rows that no answer has read", whole(events.not_read)],
  ]);
  values("bundle", [
    ["revision", bundle.revision],
    ["last event", minutes(bundle.known_until)],
    ["age", `${whole(Math.round(bundle.age_days * 10) / 10)} days`],
    ["events", whole(bundle.events)],
    ["users", whole(bundle.users)],
    ["items", whole(bundle.items)],
  ]);
  const names = [...new Set(Object.values(bundle.evaluated).flatMap(Object.keys))].sort();
  table("evaluated", ["policy", ...names],
    Object.entries(bundle.evaluated).map(([policy, found]) => [policy, ...names.map((name) => fixed(found[name]))]));
  const at = new Date().toLocaleTimeString("en-GB");
  byId("origin").textContent = `At ${at}. Requests and answers are those of process ${process} since ${minutes(since)} UTC; `
    + "with several workers, each counts its own. Events are those of all.";
}

async function look() {
  try {
    if (!document.hidden) {
      draw(await ask("/v1/operations"));
      byId("problem").textContent = "";
    }
  } catch (error) {
    byId("problem").textContent = `${error.message}; the figures below are older`;
  }
  setTimeout(look, PAUSE);
}
look();
