// From the suite's JSON to a plugin's settings, with errors that its writer can act on.

import { Failure } from "./failure.js";

export class Field {
  constructor(schema, read, about = "") {
    this.schema = schema;
    this.read = read;
    this.about = about;
    this.required = true;
    this.value = undefined;
  }

  optional(value) {
    return Object.assign(new Field(this.schema, this.read, this.about), { required: false, value });
  }

  /** The JSON Schema with the description and the default. */
  described() {
    return {
      ...(this.about === "" ? {} : { description: this.about }),
      ...this.schema,
      ...(this.value === undefined ? {} : { default: this.value }),
    };
  }
}

/** A field whose values have a type of JSON's. */
function plain(type, expected, fits, about) {
  const read = (value, path) => {
    if (!fits(value)) throw mistake(path, `invalid type: ${shown(value)}, expected ${expected}`);
    return value;
  };
  return new Field({ type }, read, about);
}

const isText = (value) => typeof value === "string";
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

export const field = {
  text: (about) => plain("string", "a string", isText, about),
  boolean: (about) => plain("boolean", "a boolean", (value) => typeof value === "boolean", about),
  integer: (about) => plain("integer", "an integer", Number.isSafeInteger, about),
  number: (about) => plain("number", "a number", Number.isFinite, about),

  choice(of, about) {
    const read = (value, path) => {
      if (!isText(value)) throw mistake(path, `invalid type: ${shown(value)}, expected a string`);
      if (!of.includes(value)) throw mistake(path, `unknown variant \`${value}\`, ${expected(of)}`);
      return value;
    };
    return new Field({ type: "string", enum: [...of] }, read, about);
  },

  list(of, about) {
    const read = (value, path) => {
      if (!Array.isArray(value)) throw mistake(path, `invalid type: ${shown(value)}, expected a sequence`);
      return value.map((item, index) => of.read(item, `${path}[${index}]`));
    };
    return new Field({ type: "array", items: of.described() }, read, about);
  },

  map(of, about) {
    const read = (value, path) => {
      if (!isObject(value)) throw mistake(path, `invalid type: ${shown(value)}, expected a map`);
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, of.read(item, under(path, key))]));
    };
    return new Field({ type: "object", additionalProperties: of.described() }, read, about);
  },

  object(fields, about) {
    return new Field(objectSchema(fields), (value, path) => readFields(fields, value, path), about);
  },
};

/** Reads `text` as `fields`; the failure names the field and what was expected there. */
export function parse(fields, text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw Failure.settings(`not JSON: ${error.message}`);
  }
  if (!isObject(value)) throw Failure.settings("write an object of fields");
  return readFields(fields, value, "");
}

/** The JSON Schema of `fields`. */
export function schemaOf(fields) {
  return { $schema: "https://json-schema.org/draft/2020-12/schema", title: "Settings", ...objectSchema(fields) };
}

function objectSchema(fields) {
  const entries = Object.entries(fields);
  const required = entries.filter(([, { required }]) => required).map(([name]) => name);
  return {
    type: "object",
    properties: Object.fromEntries(entries.map(([name, of]) => [name, of.described()])),
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
  };
}

function readFields(fields, value, path) {
  if (!isObject(value)) throw mistake(path, `invalid type: ${shown(value)}, expected an object`);
  const read = {};
  for (const [name, item] of Object.entries(value)) {
    if (!Object.hasOwn(fields, name)) {
      throw mistake(under(path, name), `unknown field \`${name}\`, ${expected(Object.keys(fields))}`);
    }
    const { required, value: left } = fields[name];
    read[name] = item === null && !required && left === undefined ? undefined : fields[name].read(item, under(path, name));
  }
  for (const [name, { required, value: left }] of Object.entries(fields)) {
    if (Object.hasOwn(read, name)) continue;
    if (required) throw mistake(path, `missing field \`${name}\``);
    read[name] = left;
  }
  return read;
}

function under(path, name) {
  return path === "" ? name : `${path}.${name}`;
}

function mistake(path, reason) {
  return Failure.settings(path === "" ? reason : `${path}: ${reason}`);
}

function expected(names) {
  const quoted = names.map((name) => `\`${name}\``);
  if (quoted.length === 0) return "there are no fields";
  return quoted.length < 3 ? `expected ${quoted.join(" or ")}` : `expected one of ${quoted.join(", ")}`;
}

function shown(value) {
  if (value === null) return "null";
  if (typeof value === "boolean") return `boolean \`${value}\``;
  if (typeof value === "number") return `${Number.isInteger(value) ? "integer" : "floating point"} \`${value}\``;
  if (typeof value === "string") return `string ${JSON.stringify(value)}`;
  return Array.isArray(value) ? "sequence" : "map";
}
