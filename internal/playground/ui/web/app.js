// The playground's page: spaces, the conversation, and the inspector. The URL holds the selected person,
// space and theme, so that a link opens the same view.

import { API, listen, state } from "./api.js";
import { Composer } from "./composer.js";
import { byId, element } from "./element.js";
import { Inspector } from "./inspector.js";
import { Messages } from "./messages.js";

class App {
  constructor(lab) {
    this.people = lab.people;
    this.bot = lab.bot;
    this.suggestions = lab.suggestions;
    this.faults = lab.faults;
    this.members = [];
    this.pending = null; // events of a space while it is loading
    this.names = new Map([...lab.people, lab.bot].map((p) => [p.id, p.name]));
    this.address = new URLSearchParams(location.search);
    this.me = this.people.find((p) => p.email.startsWith(`${this.address.get("as")}@`)) || this.people[0];
    this.api = new API(this.me.token);
    this.setTheme(this.address.get("theme") || localStorage.getItem("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
    this.inspector = new Inspector(this);
    this.messages = new Messages(this);
    this.composer = new Composer(this);
    this.drawDevices(lab.devices);
    this.drawPeople();
    byId("theme").addEventListener("click", () => {
      this.setTheme(this.theme === "dark" ? "light" : "dark");
      localStorage.setItem("theme", this.theme);
      if (this.address.has("theme")) this.remember("theme", this.theme);
      this.messages.draw();
      this.messages.toEnd();
    });
    byId("open-spaces").addEventListener("click", () => this.drawer());
    document.addEventListener("keydown", (e) => {
      if (e.key !== "Escape" || !matchMedia("(max-width: 900px)").matches) return;
      const inside = e.target.closest("#spaces, #inspector"); // closing it returns the focus to its button
      if (inside) byId(inside.id === "spaces" ? "open-spaces" : "toggle-inspector").focus();
      this.drawer(false);
      this.inspector.toggle(false);
    });
  }

  async start() {
    await this.loadRooms();
    listen((kind, e) => this.onEvent(kind, e), (connected) => {
      this.problem(connected ? null : new Error("Lost the connection to the playground. Start it again; this page reconnects by itself."));
    });
  }

  setTheme(theme) {
    this.theme = theme === "dark" ? "dark" : "light";
    document.documentElement.dataset.theme = this.theme;
    byId("theme").setAttribute("aria-label", `Switch to ${this.theme === "dark" ? "light" : "dark"} theme`);
  }

  remember(key, value) {
    this.address.set(key, value);
    history.replaceState(null, "", `?${this.address}`);
  }

  name = (id, email) => this.names.get(id) || email;

  problem(e) {
    byId("problem").hidden = !e;
    byId("problem").textContent = e ? e.message : "";
  }

  replyIn(root) {
    this.composer.reply(root);
  }

  drawPeople() {
    const pick = byId("person");
    pick.append(...this.people.map((p) => element("option", { value: p.id, selected: p.id === this.me.id }, p.name)));
    pick.addEventListener("change", async () => {
      this.me = this.people.find((p) => p.id === pick.value);
      this.api = new API(this.me.token);
      this.remember("as", this.me.email.split("@")[0]);
      this.room = null;
      await this.loadRooms();
    });
  }

  drawDevices(devices) {
    byId("devices").append(...devices.flatMap((d) => [element("dt", {}, d.name), element("dd", {}, d.note)]));
  }

  async loadRooms() {
    this.rooms = (await this.api.rooms()).sort((a, b) => a.type.localeCompare(b.type) || a.title.localeCompare(b.title));
    byId("space-list").replaceChildren(...this.rooms.map((r) => element("li", {}, element("button", {
      type: "button", "data-testid": `space-${r.title}`, "data-room": r.id, onclick: () => this.open(r),
    }, element("span", { className: "kind", "aria-hidden": "true" }, r.type === "group" ? "#" : "●"), r.title))));
    if (this.rooms.length === 0) return;
    if (!this.room) {
      const wanted = this.address.get("space");
      await this.open(this.rooms.find((r) => r.title === wanted) || this.rooms[0]);
    } else this.markRoom();
  }

  markRoom() {
    for (const button of byId("space-list").querySelectorAll("button")) {
      if (button.dataset.room === this.room.id) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  async open(room) {
    this.room = room;
    this.remember("space", room.title);
    this.drawer(false);
    this.markRoom();
    byId("space-title").textContent = room.title;
    this.composer.open(room);
    this.pending = [];
    const loading = Promise.all([this.api.members(room.id), this.api.messages(room.id)]);
    const [members, messages] = await loading.catch((e) => { this.problem(e); return [[], []]; });
    if (this.room !== room) return; // the person opened another space
    this.members = members;
    for (const m of members) this.names.set(m.personId, m.personDisplayName);
    this.messages.show(messages);
    for (const e of this.pending) this.apply(e);
    this.pending = null;
    this.chips();
    this.composer.say.focus();
  }

  // chips draws the suggested messages.
  chips() {
    const mine = [...this.messages.byId.values()].some((m) => m.personId !== this.bot.id);
    const first = mine ? [] : [element("p", {}, `Send a message to ${this.bot.name}, or try one of these:`)];
    byId("chips").replaceChildren(...first, ...this.suggestions.map((text) => element("button", {
      type: "button", onclick: () => this.composer.post(this.composer.addressed(text)),
    }, text)));
  }

  drawer(shown = !document.body.classList.contains("with-spaces")) {
    document.body.classList.toggle("with-spaces", shown);
    byId("open-spaces").setAttribute("aria-expanded", String(shown));
    if (shown) byId("space-list").querySelector("[aria-current]")?.focus();
  }

  onEvent(kind, e) {
    this.inspector.add(kind, e);
    if (kind !== "webex") return;
    if (["room", "membership", "membership-deleted"].includes(e.kind)) {
      clearTimeout(this.reload);
      this.reload = setTimeout(() => this.loadRooms(), 50);
    }
    if (e.kind === "message" && e.data.attachments?.length) this.inspector.showCard(e.data.attachments[0].content);
    if (!this.room || e.roomId !== this.room.id) return;
    if (this.pending) this.pending.push(e);
    else this.apply(e);
  }

  // apply updates the open conversation with an event.
  apply(e) {
    if (e.kind === "message-deleted") this.messages.remove(e.data.id);
    else if (e.kind === "message-edited") this.messages.put(e.data);
    else if (e.kind === "message" && !this.messages.byId.has(e.data.id) && !this.deleted(e)) this.messages.put(e.data);
  }

  // deleted reports whether a replayed message has been deleted since: it is older than the newest one listed.
  deleted(e) {
    const newest = [...this.messages.byId.values()].at(-1);
    return newest && e.data.created < newest.created;
  }
}

async function main() {
  try {
    const app = new App(await state());
    await app.start();
  } catch (e) {
    byId("problem").hidden = false;
    byId("problem").textContent = `Can't reach the playground: ${e.message}`;
  }
}

main();
