// The inspector shows what happens behind the conversation: the JSON of a card, events from Webex, the
// bot's API calls, and RESTCONF requests to devices. Its "Break it" tab injects faults.

import { injectFault } from "./api.js";
import { problems } from "./card.js";
import { byId, clock, element } from "./element.js";

const tabs = [
  { id: "card", title: "Card" },
  { id: "events", title: "Events" },
  { id: "api", title: "API calls" },
  { id: "devices", title: "Devices" },
  { id: "faults", title: "Break it" },
];

const maxEntries = 200;

export class Inspector {
  constructor(app) {
    this.app = app;
    this.entries = { events: [], api: [], devices: [] };
    this.total = { events: 0, api: 0, devices: 0 };
    this.filter = "";
    this.panel = byId("panel");
    byId("tabs").append(...tabs.map((t) => element("button", {
      type: "button", role: "tab", id: `tab-${t.id}`, "data-testid": `inspector-tab-${t.id}`, "aria-controls": "panel",
      onclick: () => this.open(t.id), onkeydown: (e) => this.step(e, t.id),
    }, t.title, element("span", { className: "count" }))));
    byId("toggle-inspector").addEventListener("click", () => this.toggle());
    byId("close-inspector").addEventListener("click", () => this.toggle(false));
    const narrow = matchMedia("(max-width: 900px)").matches;
    this.toggle(!narrow && localStorage.getItem("inspector") !== "closed", true);
    this.open("card");
  }

  toggle(shown = document.body.classList.contains("without-inspector"), first = false) {
    document.body.classList.toggle("without-inspector", !shown);
    byId("toggle-inspector").setAttribute("aria-expanded", String(shown));
    if (!first) localStorage.setItem("inspector", shown ? "open" : "closed");
  }

  open(id) {
    this.tab = id;
    for (const t of tabs) {
      const button = byId(`tab-${t.id}`);
      button.setAttribute("aria-selected", String(t.id === id));
      button.tabIndex = t.id === id ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `tab-${id}`);
    this.draw();
  }

  step(e, id) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!by) return;
    const next = tabs[(tabs.findIndex((t) => t.id === id) + by + tabs.length) % tabs.length].id;
    this.open(next);
    byId(`tab-${next}`).focus();
  }

  // showCard sets the card of the Card tab, and opens the tab if open is true.
  showCard(json, open = false) {
    this.card = json;
    if (open) {
      this.toggle(true);
      this.open("card");
    } else if (this.tab === "card") {
      this.draw();
    }
  }

  // add adds an event of the stream to its tab.
  add(kind, e) {
    if (kind === "restconf") this.keep("devices", e);
    else if (["delivery", "socket"].includes(e.kind) || (e.kind === "frame" && !keepsAlive(e))) this.keep("events", e);
    else if (e.kind === "call" && e.who === this.app.bot.name) this.keep("api", e);
  }

  keep(tab, e) {
    this.entries[tab].unshift(e);
    this.entries[tab].length = Math.min(this.entries[tab].length, maxEntries);
    byId(`tab-${tab}`).querySelector(".count").textContent = ++this.total[tab];
    if (this.tab === tab) {
      const list = this.panel.querySelector(".entries");
      if (!list) this.draw();
      else if (this.matches(e)) {
        list.prepend(this.entry(tab, e));
        if (list.childElementCount > maxEntries) list.lastElementChild.remove();
      }
    }
  }

  draw() {
    this.panel.replaceChildren();
    if (this.tab === "card") return this.drawCard();
    if (this.tab === "faults") return this.drawFaults();
    const filter = element("input", {
      type: "search", placeholder: "Filter", value: this.filter, "aria-label": "Filter",
      oninput: () => { this.filter = filter.value; this.fill(); },
    });
    this.panel.append(filter, element("ol", { className: "entries" }));
    this.fill();
  }

  fill() {
    const list = this.panel.querySelector(".entries");
    const shown = this.entries[this.tab].filter((e) => this.matches(e));
    list.replaceChildren(...shown.map((e) => this.entry(this.tab, e)));
    if (shown.length === 0) list.append(element("li", { className: "empty" }, "Nothing yet."));
  }

  matches(e) {
    return !this.filter || JSON.stringify(e).toLowerCase().includes(this.filter.toLowerCase());
  }

  entry(tab, e) {
    const title = {
      events: () => eventTitle(e),
      api: () => `${e.method} ${e.path}`,
      devices: () => `${e.device} ${readable(e.path.replace("/restconf/data/", ""))}`,
    }[tab]();
    this.panel.querySelector(".empty")?.remove();
    const [mark, state] = markOf(e);
    const details = element("details", {},
      element("summary", {},
        element("span", { className: `status ${state}` }, mark),
        element("span", { className: "what" }, title),
        element("span", { className: "took" }, e.ms === undefined ? clock(e.at) : `${Math.round(e.ms * 10) / 10} ms`)));
    // Build the details when they are opened.
    details.addEventListener("toggle", () => {
      if (details.childElementCount === 1) details.append(...this.parts(tab, e));
    }, { once: true });
    return element("li", {}, details);
  }

  parts(tab, e) {
    const part = (title, text) => (text ? [element("h4", {}, title), json(text)] : []);
    return {
      events: () => (e.kind !== "delivery" ? [
        ...part("Socket", e.socket), ...part(e.from === "client" ? "From the bot" : "From Webex", e.body), ...part("Close code", e.code ? `${e.code} ${e.reason || ""}` : ""),
      ] : [
        ...part("To", e.targetUrl), ...part("Signature", e.headers["X-Spark-Signature"] || "none"),
        ...part("Body", e.body), ...part("Response", e.error || e.response || "(empty)"),
      ]),
      api: () => [...part("Request", e.request), ...part("Response", e.response), ...part("Tracking id", e.trackingId)],
      devices: () => [...part("Request", `${e.method} ${e.path}`), ...part(`Response, ${e.bytes} bytes`, e.answer)],
    }[tab]();
  }

  // drawFaults lists the faults with a button for each.
  drawFaults() {
    const status = element("p", { className: "facts", role: "status" }, "Inject a fault, then watch the bot recover under Events and API calls.");
    const list = element("ul", { className: "faults" }, ...this.app.faults.map((f) => element("li", {},
      element("button", {
        type: "button", "data-testid": `fault-${f.name}`,
        onclick: async () => {
          try {
            await injectFault(f.name);
            status.textContent = `${f.title}: done. ${f.help}`;
          } catch (e) {
            this.app.problem(e);
          }
        },
      }, f.title), element("span", {}, f.help))));
    this.panel.append(status, list);
  }

  drawCard() {
    if (!this.card) {
      this.panel.append(element("p", { className: "empty" }, "Select “Inspect card” below a card to see its JSON."));
      return;
    }
    const text = JSON.stringify(this.card);
    const wrong = problems(this.card);
    this.panel.append(
      element("p", { className: "facts" }, `${new TextEncoder().encode(text).length.toLocaleString()} bytes · version ${this.card.version} · `,
        element("span", { className: wrong.length ? "bad" : "good" }, wrong.length ? wrong.join(" · ") : "valid for 1.3")),
      element("button", { type: "button", className: "copy", onclick: (e) => copy(e.target, JSON.stringify(this.card, null, 2)) }, "Copy"),
      json(text));
  }
}

// keepsAlive reports whether a frame is a ping, a pong or an acknowledgement.
const keepsAlive = (e) => /^\{[^{}]*"type":"(ping|pong|ack)"[^{}]*\}\s*$/.test(e.body);

// eventTitle describes an event in one line.
function eventTitle(e) {
  if (e.kind === "delivery") return `${e.resource} ${e.event}`;
  if (e.kind === "socket") return `socket ${e.event}${e.code ? ` (${e.code})` : ""}`;
  const frame = parsed(e.body);
  const activity = frame.data?.activity;
  return activity ? `${activity.verb} by ${activity.actor?.displayName || "unknown"}` : frame.data?.eventType || frame.type || "frame";
}

// markOf returns an entry's mark and its CSS class.
function markOf(e) {
  if (e.kind === "frame") return e.from === "client" ? ["↑", ""] : ["↓", "good"];
  if (e.kind === "socket") return e.event === "opened" ? ["●", "good"] : ["○", "bad"];
  return [String(e.status || "—"), e.status >= 200 && e.status < 300 ? "good" : "bad"];
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

// readable decodes a path if its escapes are valid.
function readable(path) {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copy failed";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

// json returns an element that shows text, coloured and indented if it is JSON.
function json(text) {
  const pre = element("pre", { className: "json", tabIndex: 0 });
  let pretty = text;
  try {
    pretty = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    pre.textContent = text;
    return pre;
  }
  const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  let end = 0;
  for (const m of pretty.matchAll(token)) {
    pre.append(pretty.slice(end, m.index));
    const kind = m[2] ? "key" : m[1] ? "string" : "value";
    pre.append(element("span", { className: kind }, m[1] || m[0]), m[2] || "");
    end = m.index + m[0].length;
  }
  pre.append(pretty.slice(end));
  return pre;
}
