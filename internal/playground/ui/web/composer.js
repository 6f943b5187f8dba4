// The message field: Enter sends, Shift+Enter starts a new line, the arrow keys recall sent messages, and
// @ completes names in group spaces.

import { byId, element } from "./element.js";

export class Composer {
  constructor(app) {
    this.app = app;
    this.say = byId("say");
    this.list = byId("mentions");
    this.sent = [];
    this.at = 0; // index into sent
    this.thread = null;
    this.chosen = 0; // index into people
    byId("composer").addEventListener("submit", (e) => { e.preventDefault(); this.send(); });
    byId("leave-thread").addEventListener("click", () => this.reply(null));
    this.say.addEventListener("input", () => { this.fit(); this.complete(); });
    this.say.addEventListener("keydown", (e) => this.key(e));
    // Delayed, so that a click on an offered person still counts.
    this.say.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== this.say) this.offer([]); }, 150));
  }

  open(room) {
    this.room = room;
    this.reply(null);
    this.offer([]);
    this.say.placeholder = room.type === "group" ? "Message; @ mentions people" : `Message ${room.title}`;
  }

  reply(root) {
    this.thread = root;
    byId("replying").hidden = !root;
    this.say.focus();
  }

  async send() {
    const text = this.say.value.trim();
    if (!text || !this.room) return;
    this.say.value = "";
    this.fit();
    this.offer([]);
    if (await this.post(text)) return;
    this.say.value = [text, this.say.value].filter(Boolean).join("\n"); // keep text typed meanwhile
    this.fit();
  }

  // post sends text to the space, or to the current thread. It returns true on success.
  async post(text) {
    const message = { roomId: this.room.id, markdown: this.marked(text) };
    if (this.thread) message.parentId = this.thread;
    this.sent.push(text);
    this.at = this.sent.length;
    this.say.focus();
    try {
      await this.app.api.send(message);
      this.app.problem(null);
      return true;
    } catch (e) {
      this.app.problem(e);
      return false;
    }
  }

  // addressed adds a mention of the bot in group spaces, where a bot only receives messages that mention it.
  addressed = (text) => (this.room.type === "group" ? `@${this.app.bot.name} ${text}` : text);

  // marked turns @NAME into Webex's mention syntax for members of the space.
  marked(text) {
    let marked = text;
    for (const p of [...this.app.members].sort((a, b) => b.personDisplayName.length - a.personDisplayName.length)) {
      marked = marked.replaceAll(`@${p.personDisplayName}`, `<@personId:${p.personId}|${p.personDisplayName}>`);
    }
    return marked;
  }

  complete() {
    const before = this.say.value.slice(0, this.say.selectionStart);
    const typed = /(?:^|\s)@([^@\n]*)$/.exec(before);
    if (!typed || this.room.type !== "group") return this.offer([]);
    const start = typed[1].toLowerCase();
    this.offer(this.app.members.filter((p) => p.personId !== this.app.me.id && p.personDisplayName.toLowerCase().startsWith(start)));
  }

  offer(people) {
    this.people = people;
    this.chosen = 0;
    this.list.hidden = people.length === 0;
    this.list.replaceChildren(...people.map((p, i) => element("li", {
      role: "option", id: `mention-${i}`, "data-testid": "mention", onmousedown: (e) => { e.preventDefault(); this.choose(p); },
    }, p.personDisplayName)));
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === this.chosen)));
    if (this.people.length > 0) this.say.setAttribute("aria-activedescendant", `mention-${this.chosen}`);
    else this.say.removeAttribute("aria-activedescendant");
  }

  choose(person) {
    const end = this.say.selectionStart;
    const start = this.say.value.lastIndexOf("@", end - 1);
    this.say.setRangeText(`@${person.personDisplayName} `, start, end, "end");
    this.offer([]);
  }

  key(e) {
    if (this.people?.length > 0) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (step) {
        e.preventDefault();
        this.chosen = (this.chosen + step + this.people.length) % this.people.length;
        return this.mark();
      }
      if (e.key === "Enter" || e.key === "Tab") {
        e.preventDefault();
        return this.choose(this.people[this.chosen]);
      }
      if (e.key === "Escape") {
        e.stopPropagation();
        return this.offer([]);
      }
    }
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      return this.send();
    }
    const recall = { ArrowUp: -1, ArrowDown: 1 }[e.key];
    const untouched = this.say.value === (this.sent[this.at] ?? ""); // never replace a text that was edited
    if (recall && untouched && this.at + recall >= 0 && this.at + recall <= this.sent.length) {
      e.preventDefault();
      this.at += recall;
      this.say.value = this.sent[this.at] ?? "";
      this.fit();
    }
  }

  // fit adjusts the height of the field to its text.
  fit() {
    this.say.rows = Math.min(6, Math.max(1, this.say.value.split("\n").length));
  }
}
