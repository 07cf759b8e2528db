import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import Ajv from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import { build } from "esbuild";

/** What a reader has to know of a type, in the order in which its fields are written. */
function shapeOf(schema) {
  const fields = Object.entries(schema.properties).map(([name, one]) => {
    const choices = one.anyOf ?? [one];
    const nullable = choices.some(({ type }) => type === "null") || undefined;
    const kind = kindOf(choices.find(({ type }) => type !== "null"));
    return [name, { nullable, kind, default: one.default ?? undefined }];
  });
  return Object.fromEntries(fields);
}

function kindOf(schema) {
  if (schema.$ref) return named(schema);
  if (schema.oneOf) return { tag: schema.discriminator.propertyName, of: tags(schema) };
  const list = schema.type === "array" && kindOf(schema.items);
  const record = schema.additionalProperties && kindOf(schema.additionalProperties);
  return list ? { list } : record ? { record } : undefined;
}

const named = ({ $ref }) => $ref.split("/").at(-1);

const tags = ({ discriminator }) =>
  Object.fromEntries(
    Object.entries(discriminator.mapping).map(([tag, $ref]) => [tag, named({ $ref })]),
  );

/** As it is once a reader dropped what is null; `discriminator` in the form that ajv takes. */
function strict(node) {
  if (Array.isArray(node)) return node.map(strict);
  if (node === null || typeof node !== "object") return node;
  const { title, description, default: _, discriminator, ...rest } = node;
  const choices = rest.anyOf?.filter(({ type }) => type !== "null");
  if (choices?.length === 1) return strict(choices[0]);
  const made = Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, strict(one)]));
  if (!discriminator) return made;
  const { propertyName } = discriminator;
  return { ...made, type: "object", discriminator: { propertyName } };
}

function strictType({ properties, required = [], type }) {
  const entries = Object.entries(properties);
  const tagged = entries.filter(([name, one]) => one.const && !required.includes(name));
  const made = entries.map(([name, one]) => [name, strict(one)]);
  return {
    type,
    properties: Object.fromEntries(made),
    required: [...tagged.map(([name]) => name), ...required],
  };
}

/** Only selectors may leave their `type` out, which then is what it must be. */
function validators(types, names) {
  const ajv = new Ajv({
    code: { source: true, esm: true },
    discriminator: true,
    inlineRefs: false,
  });
  const $defs = Object.fromEntries(types.map(([name, one]) => [name, strictType(one)]));
  ajv.addSchema({ $id: "types", $defs });
  return standalone(ajv, Object.fromEntries(names.map((name) => [name, `types#/$defs/${name}`])));
}

async function writeModule(name, types, names, generated) {
  await build({
    stdin: { contents: validators(types, names), resolveDir: fileURLToPath(generated) },
    outfile: fileURLToPath(new URL(`${name}.js`, generated)),
    bundle: true,
    format: "esm",
    target: "es2022",
    logLevel: "warning",
  });
  const declared = names.map((one) => `export const ${one}: Validator;\n`).join("");
  await writeFile(
    new URL(`${name}.d.ts`, generated),
    `import type { ValidateFunction } from "ajv";\ntype Validator = ValidateFunction;\n${declared}`,
  );
}

/**
 * Writes `validators.js`, one function for each type of the schemas, which needs no `eval` where it
 * runs, `plan_validator.js` for who only reads `plan.json`, and `shapes.ts`: what of a type is read,
 * and which operation has which type.
 */
export async function writeValidators(schemas, generated) {
  const types = Object.entries(Object.assign({}, ...schemas.map(({ $defs }) => $defs)));
  const names = types.map(([name]) => name);
  await writeModule("validators", types, names, generated);
  await writeModule("plan_validator", types, ["Plan"], generated);
  const shapes = Object.fromEntries(types.map(([name, one]) => [name, shapeOf(one)]));
  const operations = Object.assign({}, ...schemas.map((one) => (one.oneOf ? tags(one) : {})));
  const text = `export const SHAPES = ${JSON.stringify(shapes)} as const;\n`;
  await writeFile(
    new URL("shapes.ts", generated),
    `${text}export const OPERATIONS = ${JSON.stringify(operations)} as const;\n`,
  );
}
