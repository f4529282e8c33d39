// The plans saved with a run: save the present one, load one, delete one.

import { del, put } from "../api.js";
import { errorNotice, field } from "../components.js";
import { announce, confirmDialog, fill, h } from "../dom.js";
import { changes } from "./plan_text.js";

/** The section of the saved plans. `present()` gives the plan to save; `load(name, plan)` takes one. */
export class Shelf {
  constructor(run, saved, { present, load }) {
    Object.assign(this, { run, saved, present, load });
    this.element = h("section", { class: "shelf", "aria-label": "Saved plans" });
    this.draw();
  }

  draw() {
    const entries = Object.entries(this.saved);
    const name = h("input", { type: "text", maxlength: "60", required: true, placeholder: "spring push" });
    const said = h("div");
    const submit = (event) => {
      event.preventDefault();
      this.save(name.value.trim()).catch((error) => fill(said, errorNotice(error)));
    };
    fill(this.element,
      h("h2", null, "Saved plans"),
      h("form", { class: "save", onsubmit: submit },
        field({ id: "plan-name", label: "Name", control: name }),
        h("button", { type: "submit" }, "Save this plan")),
      said,
      entries.length
        ? h("ul", { class: "plans" }, entries.map(([title, plan]) => this.entry(title, plan)))
        : h("p", { class: "hint" }, "None yet. A saved plan stays with the run, for everyone who opens it here."));
  }

  entry(title, plan) {
    return h("li", null,
      h("span", null, h("strong", null, title), h("span", { class: "under" }, changes(plan))),
      h("button", { type: "button", class: "quiet", onclick: () => this.load(title, plan), "aria-label": `Load ${title}` }, "Load"),
      h("button", { type: "button", class: "quiet", onclick: () => this.drop(title), "aria-label": `Delete ${title}` }, "Delete"));
  }

  async save(title) {
    if (!title) return;
    const same = this.saved[title];
    if (same && !(await confirmDialog({ title: `Replace ${title}?`, text: `A plan of this name is saved: ${changes(same)}.`, action: "Replace" }))) return;
    this.saved = await put(`/runs/${this.run.id}/plans/${encodeURIComponent(title)}`, this.present());
    this.draw();
    announce(`Saved ${title}`);
  }

  async drop(title) {
    if (!(await confirmDialog({ title: `Delete ${title}?`, text: "The saved plan goes; the run stays.", action: "Delete" }))) return;
    try {
      this.saved = await del(`/runs/${this.run.id}/plans/${encodeURIComponent(title)}`);
      this.draw();
      announce(`Deleted ${title}`);
    } catch (error) {
      this.element.append(errorNotice(error));
    }
  }
}
