import MarkdownIt from "markdown-it";

const it = new MarkdownIt({ html: false, linkify: false, breaks: true });

// Links open in a new tab.
it.renderer.rules.link_open = (tokens, i, options, env, self) => {
  tokens[i].attrSet("target", "_blank");
  tokens[i].attrSet("rel", "noopener");
  return self.renderToken(tokens, i, options);
};

// markdown converts Markdown to HTML and escapes HTML tags in the source.
export const markdown = (text) => it.render(text);

const mention = /<@person(?:Id|Email):[^|>]+(?:\|([^>]*))?>/g;

// message converts the Markdown of a message and shows mentions as @NAME.
export const message = (text) => {
  const names = [];
  const marked = text.replace(mention, (_, name) => `\ue000${names.push(name || "somebody") - 1}\ue001`);
  const span = (i) => {
    const element = document.createElement("span");
    element.className = "mention";
    element.textContent = `@${names[i]}`;
    return element.outerHTML;
  };
  return markdown(marked).replace(/\ue000(\d+)\ue001/g, (_, i) => span(Number(i)));
};
