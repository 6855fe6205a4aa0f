// Why a plugin could not score.

#include <stdlib.h>

#include "internal.h"

static const scorebox_failure *failure(scorebox_failure_kind kind, const char *format, va_list arguments) {
  scorebox_failure *made = scorebox_alloc(1, sizeof *made);
  *made = (scorebox_failure){kind, scorebox_format_all(format, arguments)};
  return made;
}

const scorebox_failure *scorebox_fail_settings(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const scorebox_failure *made = failure(SCOREBOX_INVALID_SETTINGS, format, arguments);
  va_end(arguments);
  return made;
}

const scorebox_failure *scorebox_fail_sample(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const scorebox_failure *made = failure(SCOREBOX_INVALID_SAMPLE, format, arguments);
  va_end(arguments);
  return made;
}

const scorebox_failure *scorebox_failed(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const scorebox_failure *made = failure(SCOREBOX_FAILED, format, arguments);
  va_end(arguments);
  return made;
}
