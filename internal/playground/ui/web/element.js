// element makes an element: properties that begin with on are listeners, data-, aria- and role are
// attributes, the others are set as they are. Children are elements or text; nothing is parsed.
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key.includes("-") || key === "role") made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return made;
}

export const byId = (id) => document.getElementById(id);

export const clock = (text) => new Date(text).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
