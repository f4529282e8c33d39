// Elements from plain calls, the live region, and the dialog that asks before something is lost.

const PROPERTIES = new Set(["value", "checked", "selected", "disabled", "indeterminate", "hidden", "open"]);

function build(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on") && typeof value === "function") {
      element.addEventListener(name.slice(2).toLowerCase(), value);
    } else if (name === "style" && typeof value === "object") {
      // setProperty also knows custom properties; the content policy forbids style attributes.
      for (const [key, rule] of Object.entries(value)) element.style.setProperty(key, rule);
    } else if (PROPERTIES.has(name) && name in element) {
      element[name] = value;
    } else if (value !== false) {
      element.setAttribute(name === "className" ? "class" : name, value === true ? "" : value);
    }
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(element, child);
    else if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

/** An HTML element: `h("p", {class: "lead", onclick}, "text", [more], null)`. */
export function h(tag, props, ...children) {
  return build(document.createElement(tag), props, children);
}

/** An SVG element, in the same way. */
export function s(tag, props, ...children) {
  return build(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

/** Replaces what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Says `text` to a screen reader, politely. */
export function announce(text) {
  const live = document.getElementById("live");
  if (!live) return;
  live.textContent = "";
  // A region that is given the same text twice is read once: empty it first, then write.
  setTimeout(() => { live.textContent = text; }, 50);
}

let dialogs = 0;

/** Opens a modal dialog with `content` under `title`; `side` puts it at the right edge. */
export function openDialog({ title, content, side = false, buttons = [] }) {
  const id = `dialog-${++dialogs}`;
  const dialog = h("dialog", { class: side ? "side" : "ask", "aria-labelledby": id },
    h("div", { class: "dialog-head" },
      h("h2", { id }, title),
      h("button", { type: "button", class: "quiet close", "aria-label": "Close", onclick: () => dialog.close() }, "✕")),
    h("div", { class: "dialog-body" }, content),
    buttons.length ? h("div", { class: "dialog-foot" }, buttons) : null);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Asks; resolves to true when `action` (the label of the button) was pressed. */
export function confirmDialog({ title, text, action }) {
  return new Promise((resolve) => {
    let answer = false;
    const dialog = openDialog({
      title,
      content: (Array.isArray(text) ? text : [text]).map((line) => (line instanceof Node ? line : h("p", null, line))),
      buttons: [
        h("button", { type: "button", autofocus: true, onclick: () => dialog.close() }, "Keep"),
        h("button", { type: "button", class: "danger", onclick: () => { answer = true; dialog.close(); } }, action),
      ],
    });
    dialog.addEventListener("close", () => resolve(answer));
  });
}
