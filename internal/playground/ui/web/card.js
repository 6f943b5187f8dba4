// Draws cards with the official renderer in the style of Webex, and validates them against version 1.3.

import * as AC from "adaptivecards";
import light from "./hostconfig-light.json";
import dark from "./hostconfig-dark.json";
import { markdown } from "./markdown.js";

AC.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = markdown(text);
  result.didProcess = true;
};

// draw returns an element with the card. It calls press(inputs) when a button submits the card.
export function draw(json, theme, press) {
  const card = new AC.AdaptiveCard();
  card.hostConfig = new AC.HostConfig(theme === "dark" ? dark : light);
  const box = document.createElement("div");
  box.className = "card";
  box.dataset.testid = "card";
  const status = document.createElement("div");
  status.className = "card-status";
  status.setAttribute("role", "status");
  let busy = false;
  card.onExecuteAction = async (action) => {
    if (action instanceof AC.OpenUrlAction) {
      if (/^https?:/i.test(action.url)) window.open(action.url, "_blank", "noopener");
      else status.textContent = "Error: only http and https links can be opened";
      return;
    }
    if (!(action instanceof AC.SubmitAction) || busy) return;
    busy = true;
    box.classList.add("busy");
    status.textContent = "Sending…";
    try {
      await press(action.data || {});
      status.textContent = "Sent";
    } catch (e) {
      status.textContent = `Error: ${e.message}`;
    }
    box.classList.remove("busy");
    busy = false;
    setTimeout(() => { status.textContent = ""; }, 2000);
  };
  card.parse(json, new AC.SerializationContext(AC.Versions.v1_3));
  const drawn = card.render();
  scope(drawn);
  box.append(drawn, status);
  const wrong = problems(json);
  if (wrong.length > 0) {
    const warning = document.createElement("p");
    warning.className = "card-problem";
    warning.dataset.testid = "card-problem";
    warning.textContent = wrong.join(" · ");
    box.append(warning);
  }
  return box;
}

// problems returns the official renderer's complaints about a card, validated against version 1.3.
export function problems(json) {
  const context = new AC.SerializationContext(AC.Versions.v1_3);
  const card = new AC.AdaptiveCard();
  card.parse(json, context);
  const found = [];
  for (let i = 0; i < context.eventCount; i++) found.push(context.getEventAt(i).message);
  for (const event of card.validateProperties().validationEvents) found.push(event.message);
  return found;
}

let cards = 0;

// scope makes the ids of a card's inputs unique on the page. Ids that the renderer generates already are.
function scope(root) {
  const prefix = `card${++cards}-`;
  for (const element of root.querySelectorAll("[id]:not([id^=__ac])")) {
    const id = element.id;
    element.id = prefix + id;
    for (const attribute of ["for", "aria-labelledby", "aria-describedby", "aria-controls"]) {
      for (const user of root.querySelectorAll(`[${attribute}~="${CSS.escape(id)}"]`)) {
        user.setAttribute(attribute, user.getAttribute(attribute).split(" ").map((x) => (x === id ? prefix + id : x)).join(" "));
      }
    }
  }
}
