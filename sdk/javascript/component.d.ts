import type { Plugin } from "./index.js";

/** What the host calls. `scorebox plugin build` writes the module that uses it. */
export function component(plugin: Plugin<any, any>, name: string, version: string): unknown;
