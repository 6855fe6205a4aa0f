// Why a plugin could not score.

export class Failure extends Error {
  constructor(kind, message) {
    super(message);
    this.name = "Failure";
    this.kind = kind;
  }

  static settings(message) {
    return new Failure("settings", message);
  }

  static sample(message) {
    return new Failure("sample", message);
  }

  static failed(message) {
    return new Failure("failed", message);
  }
}
