;; Row 18: the host asks for memory to put the sample in, and the plugin traps.
(module
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (unreachable)))
