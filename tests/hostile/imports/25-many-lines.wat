;; Row 25: nine hundred empty lines of log, and then a sound score.
(module
  (import "scorebox:plugin/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (local $line i32)
    (loop $again
      (call $log (i32.const 1) (i32.const 0) (i32.const 0))
      (local.set $line (i32.add (local.get $line) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $line) (i32.const 900))))
    (f64.store (i32.const 4104) (f64.const 1))
    (i32.const 4096)))
