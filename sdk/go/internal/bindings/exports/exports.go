// Package exports holds what the host calls, as wit-bindgen 0.63.0 writes it; it is empty but in a component.
package exports
