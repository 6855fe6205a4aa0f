;; Row 19: the host asks for memory to put the sample in, and always gets the same odd address.
(module
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 8193)))
