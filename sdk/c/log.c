// Lines for the plugin's author.

#include <stdlib.h>

#include "bindings/plugin.h"
#include "internal.h"

void scorebox_log(uint8_t level, scorebox_text message) {
  plugin_string_t line = {(uint8_t *)message.data, message.length};
  scorebox_plugin_log_log(level, &line);
}

#define LOGS(name, level)                                                                                              \
  void name(const char *format, ...) {                                                                                 \
    va_list arguments;                                                                                                 \
    va_start(arguments, format);                                                                                       \
    scorebox_log(level, scorebox_format_all(format, arguments));                                                       \
    va_end(arguments);                                                                                                 \
  }

LOGS(scorebox_log_debug, SCOREBOX_PLUGIN_LOG_LEVEL_DEBUG)
LOGS(scorebox_log_info, SCOREBOX_PLUGIN_LOG_LEVEL_INFO)
LOGS(scorebox_log_warn, SCOREBOX_PLUGIN_LOG_LEVEL_WARN)
LOGS(scorebox_log_error, SCOREBOX_PLUGIN_LOG_LEVEL_ERROR)

void scorebox_panic(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  scorebox_text message = scorebox_format_all(format, arguments);
  va_end(arguments);
  scorebox_log_error("panic: %.*s", SCOREBOX_ARG(message));
  abort();
}
