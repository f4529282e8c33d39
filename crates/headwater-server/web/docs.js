// The page /api/docs: the OpenAPI description as a person reads it.

import { get } from "./api.js";
import { coded, copyButton, errorNotice, loading, table } from "./components.js";
import { fill, h } from "./dom.js";
import { words } from "./format.js";
import { switchTheme, theme } from "./state.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const main = document.getElementById("main");
const button = document.getElementById("theme");
const drawTheme = () => { button.textContent = theme() === "dark" ? "☀ Light" : "☾ Dark"; };
button.addEventListener("click", switchTheme);
document.addEventListener("theme", drawTheme);
drawTheme();

let spec = null;

function resolve(schema) {
  let at = schema;
  // A reference may lead to a reference; descriptions have no endless chain of them.
  for (let hops = 0; at?.$ref && hops < 8; hops++) at = at.$ref.slice(2).split("/").reduce((inner, key) => inner?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], spec);
  return at ?? {};
}

const nameOf = (schema) => schema?.$ref?.split("/").pop() ?? null;
const anchor = (name) => `schema-${name}`;

/** The type of a schema in a few words, with a link where it has a name. */
function typeOf(schema) {
  if (schema === undefined || schema === true) return "anything";
  const name = nameOf(schema);
  if (name) return h("a", { href: `#${anchor(name)}` }, name);
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (options) return options.flatMap((option, index) => [index ? (schema.allOf ? " and " : " or ") : null, typeOf(option)]);
  if (schema.const !== undefined) return h("code", null, JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.flatMap((value, index) => [index ? " or " : null, h("code", null, JSON.stringify(value))]);
  const types = [schema.type ?? (schema.properties ? "object" : "anything")].flat();
  const range = [schema.minimum !== undefined ? `at least ${schema.minimum}` : null, schema.maximum !== undefined ? `at most ${schema.maximum}` : null].filter(Boolean).join(", ");
  return types.flatMap((type, index) => [index ? " or " : null,
    type === "array" ? ["list of ", typeOf(schema.items)]
      : type === "object" && schema.additionalProperties && typeof schema.additionalProperties === "object" ? ["map of name to ", typeOf(schema.additionalProperties)] : type,
  ]).concat(range ? ` (${range})` : []);
}

/** A small example of a schema, to be edited. */
function example(schema, depth = 0) {
  if (schema?.example !== undefined) return schema.example;
  const at = resolve(schema);
  if (at.examples?.length) return at.examples[0];
  if (at.default !== undefined) return at.default;
  if (at.const !== undefined) return at.const;
  if (at.enum) return at.enum[0];
  const option = (at.anyOf ?? at.oneOf)?.find((one) => one.type !== "null");
  if (option) return example(option, depth + 1);
  const type = [at.type].flat().find((one) => one !== "null") ?? (at.properties ? "object" : null);
  if (type === "object") {
    if (depth > 3) return {};
    const needed = at.required ?? [];
    return Object.fromEntries(Object.entries(at.properties ?? {}).filter(([key]) => needed.includes(key)).map(([key, inner]) => [key, example(inner, depth + 1)]));
  }
  if (type === "array") return depth < 3 && at.items ? [example(at.items, depth + 1)] : [];
  return { string: "text", integer: at.minimum ?? 1, number: at.minimum ?? 1, boolean: true }[type] ?? null;
}

function properties(schema, caption) {
  const at = resolve(schema);
  const parts = [at, ...(at.allOf ?? []).map(resolve)];
  const rows = parts.flatMap((part) => Object.entries(part.properties ?? {}).map(([name, inner]) => ({ name, inner, needed: (part.required ?? []).includes(name) })));
  if (rows.length === 0) return null;
  return table({
    caption, hideCaption: true, rows,
    columns: [
      { label: "Name", cell: (row) => h("code", null, row.name) },
      { label: "Type", cell: (row) => typeOf(row.inner) },
      { label: "", cell: (row) => (row.needed ? "required" : "") },
      { label: "Meaning", cell: (row) => paragraphs(row.inner.description ?? resolve(row.inner).description) },
    ],
  });
}

/** Text with `code` in it, as paragraphs. */
function paragraphs(text) {
  return String(text ?? "").split(/\n{2,}/).filter(Boolean).map((part) => h("p", null, coded(part)));
}

function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curl(method, path, operation) {
  const required = (operation.parameters ?? []).map(resolve).filter((parameter) => parameter.in === "query" && parameter.required);
  const search = required.length ? `?${required.map((parameter) => `${parameter.name}=${parameter.name.toUpperCase()}`).join("&")}` : "";
  const address = `${location.origin}${path.replace(/\{(\w+)\}/g, (_, name) => name.toUpperCase())}${search}`;
  const content = resolve(operation.requestBody).content ?? {};
  const lines = [`curl${method === "get" ? "" : ` -X ${method.toUpperCase()}`} ${quote(address)}`];
  if (content["application/octet-stream"]) lines.push("-H 'Content-Type: application/octet-stream'", "--data-binary @weekly.csv");
  else if (method !== "get") {
    lines.push("-H 'Content-Type: application/json'");
    const body = content["application/json"];
    lines.push(`-d ${quote(JSON.stringify(body ? body.example ?? example(body.schema) ?? {} : {}))}`);
  }
  return lines.join(" \\\n  ");
}

function operationCard({ method, path, operation }) {
  const id = operation.operationId ?? `${method}${path.replaceAll(/\W+/g, "-")}`;
  const parameters = (operation.parameters ?? []).map(resolve);
  const body = resolve(operation.requestBody).content ?? {};
  const command = curl(method, path, operation);
  return h("details", { class: "card operation", id },
    h("summary", null, h("span", { class: `method ${method}` }, method.toUpperCase()), " ", h("code", null, path), h("span", { class: "help" }, ` ${operation.summary ?? ""}`)),
    paragraphs(operation.description),
    parameters.length ? [h("h4", null, "Parameters"), table({
      caption: `Parameters of ${method} ${path}`, hideCaption: true, rows: parameters,
      columns: [
        { label: "Name", cell: (parameter) => h("code", null, parameter.name) }, { label: "In", cell: (parameter) => parameter.in },
        { label: "Type", cell: (parameter) => typeOf(parameter.schema) }, { label: "", cell: (parameter) => (parameter.required ? "required" : "") },
        { label: "Meaning", cell: (parameter) => paragraphs(parameter.description) },
      ],
    })] : null,
    Object.entries(body).map(([type, { schema }]) => [h("h4", null, "Body"), h("p", null, h("code", null, type), " ", typeOf(schema)), nameOf(schema) ? null : properties(schema, "Body")]),
    h("h4", null, "Answers"),
    h("ul", { class: "files" }, Object.entries(operation.responses ?? {}).map(([status, response]) => {
      const at = resolve(response);
      return h("li", null, h("strong", null, status), " ", at.description ?? "", Object.entries(at.content ?? {}).map(([type, { schema }]) => [" ", h("code", null, type), " ", schema ? typeOf(schema) : null]));
    })),
    h("h4", null, "With curl"),
    h("div", { class: "command" }, h("pre", { tabindex: "0" }, command), copyButton(() => command)));
}

/** The resource of a path: what comes first after /api/v1. */
function resource(path, operation) {
  return operation.tags?.[0] ?? path.replace(/^\/api\/v\d+/, "").split("/")[1] ?? "server";
}

function open() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.tagName === "DETAILS") target.open = true;
  target.scrollIntoView();
}

async function show() {
  fill(main, loading());
  try {
    spec = await get("/openapi.json");
  } catch (error) {
    return fill(main, h("h1", null, "The API"), errorNotice(error, show));
  }
  const groups = new Map();
  for (const [path, item] of Object.entries(spec.paths ?? {})) {
    for (const method of METHODS.filter((one) => item[one])) {
      const name = resource(path, item[method]);
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push({ method, path, operation: item[method] });
    }
  }
  const schemas = Object.entries(spec.components?.schemas ?? {});
  fill(main, h("div", { class: "screen" },
    h("div", null, h("h1", null, spec.info?.title ?? "The API"), h("p", { class: "help" }, `Version ${spec.info?.version ?? "unknown"}, as this server describes itself.`), paragraphs(spec.info?.description)),
    h("nav", { "aria-label": "Resources", class: "row" }, [...groups.keys()].map((name) => h("a", { href: `#${name}` }, words(name))), schemas.length ? h("a", { href: "#schemas" }, "types") : null),
    [...groups].map(([name, operations]) => h("section", { class: "stack", id: name }, h("h2", null, words(name)[0].toUpperCase() + words(name).slice(1)), operations.map(operationCard))),
    schemas.length ? h("section", { class: "stack", id: "schemas" }, h("h2", null, "Types"), schemas.map(([name, schema]) =>
      h("details", { class: "card operation", id: anchor(name) }, h("summary", null, h("code", null, name)), paragraphs(schema.description),
        properties(schema, name) ?? h("p", null, typeOf(schema))))) : null));
  open();
}
addEventListener("hashchange", open);
show();
