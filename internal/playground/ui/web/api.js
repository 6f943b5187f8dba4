// A client of the simulated Webex, with the token of the selected person.

export class API {
  constructor(token) {
    this.token = token;
  }

  async call(method, path, body) {
    const headers = { authorization: `Bearer ${this.token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const response = await fetch(`/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    if (response.status === 204) return null;
    const data = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(data.message || `${method} ${path}: ${response.status}`);
    return data;
  }

  rooms = async () => (await this.call("GET", "/rooms?max=100")).items;
  members = async (room) => (await this.call("GET", `/memberships?roomId=${room}`)).items;
  messages = async (room) => (await this.call("GET", `/messages?roomId=${room}&max=200`)).items;
  send = (message) => this.call("POST", "/messages", message);
  press = (messageId, inputs) => this.call("POST", "/attachment/actions", { type: "submit", messageId, inputs });

  // file fetches a file and returns its name and content. With HEAD the content is empty.
  async file(url, method = "GET") {
    const response = await fetch(new URL(url).pathname, { method, headers: { authorization: `Bearer ${this.token}` } });
    if (!response.ok) throw new Error(`Can't download the file: ${response.status}`);
    const name = /filename="([^"]*)"/.exec(response.headers.get("content-disposition") || "");
    return { name: name ? name[1] : "file", blob: await response.blob() };
  }
}

export const state = async () => (await fetch("/playground/state")).json();

// injectFault injects one of the faults of the state.
export async function injectFault(name) {
  const response = await fetch(`/playground/faults/${name}`, { method: "POST" });
  if (!response.ok) throw new Error(`Can't inject this fault: ${response.status}`);
}

// listen calls onEvent with every event of the simulated Webex ("webex") and the devices ("restconf"),
// and onConnection with true or false when the stream opens or breaks. The browser reconnects by itself
// and gets what it missed. A restarted playground has other spaces, so the page reloads.
export function listen(onEvent, onConnection) {
  const stream = new EventSource("/playground/events");
  stream.addEventListener("open", () => onConnection(true));
  stream.addEventListener("error", () => onConnection(false));
  stream.addEventListener("restarted", () => location.reload());
  for (const kind of ["webex", "restconf"]) {
    stream.addEventListener(kind, (e) => onEvent(kind, JSON.parse(e.data)));
  }
}
