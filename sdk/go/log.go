package scorebox

import (
	"fmt"
	"os"
)

// LogDebug writes a line that only somebody who debugs the plugin wants.
func LogDebug(format string, arguments ...any) { sink(0, fmt.Sprintf(format, arguments...)) }

// LogInfo writes a line worth knowing.
func LogInfo(format string, arguments ...any) { sink(1, fmt.Sprintf(format, arguments...)) }

// LogWarn writes a line about something that is probably wrong.
func LogWarn(format string, arguments ...any) { sink(2, fmt.Sprintf(format, arguments...)) }

// LogError writes a line about something that is wrong.
func LogError(format string, arguments ...any) { sink(3, fmt.Sprintf(format, arguments...)) }

// sink is where lines go: to standard error, and in a component to the host.
var sink = func(level uint8, message string) {
	fmt.Fprintf(os.Stderr, "%s: %s\n", [...]string{"debug", "info", "warn", "error"}[level], message)
}
