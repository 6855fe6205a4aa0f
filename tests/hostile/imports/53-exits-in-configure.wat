;; Row 53: ends itself successfully when it is given its settings.
(module
  (import "wasi:cli/exit@0.2.6" "exit" (func $exit (param i32)))
  (func (export "scorebox:plugin/metric@0.1.0#configure") (type $configure)
    (call $exit (i32.const 0))
    (i32.const 3072)))
