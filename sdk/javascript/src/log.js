// Lines for the plugin's author. In native tests they go to standard error.

let sink = (level, message) => console.error(`${level}: ${message}`);

/** Sends the lines elsewhere; a component sends them to the host. */
export function setSink(to) {
  sink = to;
}

export const log = {
  debug: (message) => sink("debug", message),
  info: (message) => sink("info", message),
  warn: (message) => sink("warn", message),
  error: (message) => sink("error", message),
};
