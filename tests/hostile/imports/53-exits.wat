;; Row 53: ends itself successfully, instead of saying what it thinks of the sample.
(module
  (import "wasi:cli/exit@0.2.6" "exit" (func $exit (param i32)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (call $exit (i32.const 0))
    (i32.const 4096)))
