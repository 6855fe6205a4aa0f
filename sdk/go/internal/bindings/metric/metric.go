// Package metric hands the host's calls on.
package metric

import (
	"scorebox/internal/bindings/types"
	wit "scorebox/internal/wit/types"
)

// Describe says what the plugin is.
var Describe func() types.Descriptor

// Configure takes the settings.
var Configure func(settings string) wit.Result[wit.Unit, types.Failure]

// Evaluate scores one sample.
var Evaluate func(sample types.Sample) wit.Result[types.Score, types.Failure]
