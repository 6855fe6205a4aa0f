;; Row 34: imports a store of keys and values, which this host does not have.
(module
  (import "wasi:keyvalue/store@0.2.0" "get" (func $get (param i32 i32 i32)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (call $get (i32.const 1024) (i32.const 7) (i32.const 4200))
    (i32.const 4096)))
