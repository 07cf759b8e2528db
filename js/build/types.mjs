import { mkdir, readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";
import { writeValidators } from "./validators.mjs";

const schemas = new URL("../../peerplan_jupyter/plan/schemas/", import.meta.url);
const generated = new URL("../src/model/generated/", import.meta.url);

/** The ids and times that a reader makes up where they are left out. */
const MADE = new Set(["id", "at", "artifactId"]);

/** What always travels (it has a default that is not null) is required; null is absence. */
function asRead(schema) {
  const properties = Object.entries(schema.properties ?? {});
  const always = properties.filter(([, one]) => one.default !== undefined && one.default !== null);
  return { ...schema, required: [...(schema.required ?? []), ...always.map(([name]) => name)] };
}

function tidy(node) {
  if (Array.isArray(node)) return node.map(tidy);
  if (node === null || typeof node !== "object") return node;
  const made = Object.fromEntries(Object.entries(node).map(([key, one]) => [key, tidy(one)]));
  if (typeof made.title === "string" && !made.properties) delete made.title;
  if (typeof made.type === "string") delete made.maxItems;
  if (made.$ref) return { $ref: made.$ref };
  if (!made.anyOf) return made;
  const kept = made.anyOf.filter((one) => one.type !== "null");
  const { anyOf, ...rest } = made;
  if (kept.length > 1) return { ...rest, anyOf: kept };
  return kept[0].$ref ? kept[0] : { ...rest, ...kept[0] };
}

/** Clients always say which operation it is. */
function asSent(schema) {
  return schema.properties?.op
    ? { ...schema, required: [...(schema.required ?? []), "op"] }
    : schema;
}

async function read(file) {
  return JSON.parse(await readFile(new URL(file, schemas), "utf-8"));
}

/** As `parseOperation` hands it on: what may be left out is there. */
function asParsed(schema) {
  const made = Object.keys(schema.properties).filter((name) => MADE.has(name));
  return schema.properties.op
    ? asRead({ ...schema, required: [...(schema.required ?? []), ...made] })
    : asRead(schema);
}

async function generate(file, name, shape, target = file.replace(".schema.json", ".ts")) {
  const schema = await read(file);
  const entries = Object.entries(schema.$defs).map(([key, one]) => [key, shape(one)]);
  const whole = tidy({ ...schema, $defs: Object.fromEntries(entries) });
  whole.title = name;
  const text = await compile(whole, name, { additionalProperties: false, bannerComment: "" });
  await writeFile(new URL(target, generated), text);
}

await mkdir(generated, { recursive: true });
await generate("plan.schema.json", "PlanFile", asRead);
await generate("operations.schema.json", "Operation", asSent);
await generate("operations.schema.json", "ParsedOperation", asParsed, "parsed.ts");
await generate(
  "../../coordination/server/schemas/team.schema.json",
  "Shown",
  (schema) => schema,
  "team.ts",
);
await writeValidators(
  [await read("plan.schema.json"), await read("operations.schema.json")],
  generated,
);
