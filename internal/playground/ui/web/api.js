// The way to the simulated Webex: the page is a client like any other, with the token of the person
// who is chosen.

export class API {
  constructor(token) {
    this.token = token;
  }

  async call(method, path, body) {
    const headers = { authorization: `Bearer ${this.token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(`/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    if (answer.status === 204) return null;
    const data = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(data.message || `${method} ${path}: ${answer.status}`);
    return data;
  }

  rooms = async () => (await this.call("GET", "/rooms?max=100")).items;
  members = async (room) => (await this.call("GET", `/memberships?roomId=${room}`)).items;
  messages = async (room) => (await this.call("GET", `/messages?roomId=${room}&max=200`)).items;
  send = (message) => this.call("POST", "/messages", message);
  press = (messageId, inputs) => this.call("POST", "/attachment/actions", { type: "submit", messageId, inputs });

  // file fetches a file with the token and returns its name and its content, which HEAD leaves empty.
  async file(url, method = "GET") {
    const answer = await fetch(new URL(url).pathname, { method, headers: { authorization: `Bearer ${this.token}` } });
    if (!answer.ok) throw new Error(`The file can't be fetched: ${answer.status}`);
    const name = /filename="([^"]*)"/.exec(answer.headers.get("content-disposition") || "");
    return { name: name ? name[1] : "file", blob: await answer.blob() };
  }
}

export const state = async () => (await fetch("/playground/state")).json();

// fail lets something go wrong.
export async function fail(name) {
  const answer = await fetch(`/playground/faults/${name}`, { method: "POST" });
  if (!answer.ok) throw new Error(`That can't go wrong: ${answer.status}`);
}

// listen calls see with every event of the simulated Webex and of the devices, and connected with
// whether they can be heard. The browser reconnects by itself and says what it has seen already; a
// playground that was started anew has other spaces, so the page starts anew as well.
export function listen(see, connected) {
  const stream = new EventSource("/playground/events");
  stream.addEventListener("open", () => connected(true));
  stream.addEventListener("error", () => connected(false));
  stream.addEventListener("restarted", () => location.reload());
  for (const kind of ["webex", "restconf"]) {
    stream.addEventListener(kind, (e) => see(kind, JSON.parse(e.data)));
  }
}
