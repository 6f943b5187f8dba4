// The messages of one space, with threads below their root. The list follows new messages while it is
// scrolled to the end.

import { draw } from "./card.js";
import { byId, clock, element } from "./element.js";
import { message as markdown } from "./markdown.js";

export class Messages {
  constructor(app) {
    this.app = app;
    this.log = byId("log");
    this.byId = new Map();
    byId("newer").addEventListener("click", () => this.toEnd());
    this.log.addEventListener("scroll", () => { if (this.atEnd()) byId("newer").hidden = true; });
    this.log.addEventListener("keydown", (e) => this.move(e));
  }

  // show replaces all messages. They are ordered newest first, as the API lists them.
  show(messages) {
    this.byId = new Map(messages.reverse().map((m) => [m.id, m]));
    this.draw();
    this.toEnd();
  }

  put(message) {
    const follow = this.atEnd() || message.personId === this.app.me.id;
    const known = this.byId.has(message.id);
    this.byId.set(message.id, message);
    if (known) this.draw();
    else this.append(message);
    if (follow) this.toEnd();
    else byId("newer").hidden = false;
    this.app.chips();
  }

  remove(id) {
    this.byId.delete(id);
    const item = this.item(id);
    if (!item) return;
    // A deleted root keeps its thread.
    if (item.querySelector(".thread li")) item.querySelector(".bubble").replaceChildren(element("em", {}, "Message deleted"));
    else item.remove();
  }

  draw() {
    this.log.replaceChildren();
    for (const m of this.byId.values()) this.append(m);
  }

  append(m) {
    const root = m.parentId && this.item(m.parentId);
    (root ? root.querySelector(".thread") : this.log).append(this.one(m));
  }

  item(id) {
    return this.log.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }

  one(m) {
    const mine = m.personId === this.app.me.id;
    const name = this.app.name(m.personId, m.personEmail);
    const bubble = element("div", { className: "bubble" });
    const card = m.attachments?.[0]?.content;
    if (card) bubble.append(draw(card, this.app.theme, (inputs) => this.app.api.press(m.id, inputs)));
    else if (m.markdown || m.text) {
      const text = element("div", { className: "text" });
      text.innerHTML = markdown(m.markdown || m.text); // markdown-it escapes every tag of the source
      bubble.append(text);
    }
    for (const url of m.files || []) bubble.append(this.file(url));
    return element("li", {
      className: `message${mine ? " mine" : ""}`, tabIndex: -1, "data-id": m.id, "data-testid": "message", "data-from": m.personEmail,
    },
    element("div", { className: "who" },
      element("span", { className: `avatar${m.personId === this.app.bot.id ? " bot" : ""}`, "aria-hidden": "true" }, initials(name)),
      element("strong", {}, name), " ", element("time", { dateTime: m.created }, clock(m.created)), m.updated ? " (edited)" : ""),
    bubble,
    this.notReceived(m) && element("p", { className: "note" }, "Overwatch doesn't receive this message because it isn't mentioned. Add @Overwatch."),
    element("div", { className: "actions" },
      !m.parentId && element("button", { type: "button", onclick: () => this.app.replyIn(m.id) }, "Reply in thread"),
      card && element("button", { type: "button", onclick: () => this.app.inspector.showCard(card, true) }, "Inspect card")),
    !m.parentId && element("ol", { className: "thread" }));
  }

  file(url) {
    const button = element("button", {
      type: "button", className: "file", "data-testid": "file",
      onclick: async () => {
        try {
          const { name, blob } = await this.app.api.file(url);
          const link = element("a", { href: URL.createObjectURL(blob), download: name });
          link.click();
          setTimeout(() => URL.revokeObjectURL(link.href), 1000);
        } catch (e) {
          this.app.problem(e);
        }
      },
    }, "⬇ Download");
    // The message only has the URL; HEAD returns the name.
    this.app.api.file(url, "HEAD").then(({ name }) => button.append(" ", element("strong", {}, name)), (e) => this.app.problem(e));
    return button;
  }

  // notReceived reports whether the bot doesn't get a message: in group spaces it only gets mentions.
  notReceived(m) {
    return m.roomType === "group" && m.personId !== this.app.bot.id && !(m.mentionedPeople || []).includes(this.app.bot.id);
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    byId("newer").hidden = true;
  }

  // move selects the previous or next message with the arrow keys.
  move(e) {
    const here = document.activeElement;
    if ((e.key !== "ArrowUp" && e.key !== "ArrowDown") || (here !== this.log && !here.matches(".message"))) return;
    const all = [...this.log.querySelectorAll(".message")];
    const at = here === this.log ? all.length : all.indexOf(here);
    const next = all[at + (e.key === "ArrowUp" ? -1 : 1)];
    if (next) {
      e.preventDefault();
      next.focus();
    }
  }
}

const initials = (name) => name.split(/\s+/).map((w) => w[0]).join("").slice(0, 2).toUpperCase();
